namespace Tenon.Layers;

/// <summary>
/// Root mean square normalization over the last dimension, x / √(mean(x²) + ε) · weight (Zhang and Sennrich 2019, equation 4),
/// in float32 regardless of the autocast. The gain starts at 1. State name: <c>weight</c>.
/// </summary>
public sealed class RmsNorm : NamedModule<Tensor, Tensor>
{
    private readonly double _epsilon;

    /// <summary>Creates the layer.</summary>
    /// <param name="size">Size of the last dimension, E.</param>
    /// <param name="epsilon">Added to the mean square, above 0.</param>
    /// <param name="context">The device of the model.</param>
    public RmsNorm(long size, double epsilon, BuildContext context) : base(nameof(RmsNorm))
    {
        ArgumentNullException.ThrowIfNull(context);
        _epsilon = epsilon;
        register_parameter("weight", new Parameter(torch.ones([size], torch.ScalarType.Float32, context.Device)));
    }

    /// <summary>Normalizes the last dimension.</summary>
    /// <param name="input">[..., E] of any floating-point type. Not disposed.</param>
    /// <returns>float32 [..., E] in the current dispose scope.</returns>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor wide = input.dtype == torch.ScalarType.Float32 ? input : input.to(torch.ScalarType.Float32);
        Tensor rstd = (wide.square().mean([-1L], keepdim: true) + _epsilon).rsqrt(); // [..., 1]
        return (wide * rstd * get_parameter("weight")!).MoveToOuterDisposeScope();
    }
}
