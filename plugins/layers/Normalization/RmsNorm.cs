namespace Tenon.Layers;

/// <summary>
/// Root mean square normalization over the last dimension, x / √(mean(x²) + ε) · weight (Zhang and Sennrich 2019, equation 4),
/// in float32 regardless of the autocast. The gain starts at 1. State name: <c>weight</c>.
/// </summary>
public sealed class RmsNorm : NamedModule<Tensor, Tensor>, IDividedLayer
{
    private readonly double _epsilon;
    private readonly Autocast _autocast;
    private LayerRanks? _ranks;

    /// <summary>Creates the layer.</summary>
    /// <param name="size">Size of the last dimension, E.</param>
    /// <param name="epsilon">Added to the mean square, above 0.</param>
    /// <param name="context">Device and autocast of the model.</param>
    public RmsNorm(long size, double epsilon, BuildContext context) : base(nameof(RmsNorm))
    {
        ArgumentNullException.ThrowIfNull(context);
        (_epsilon, _autocast) = (epsilon, context.Autocast);
        register_parameter("weight", new Parameter(torch.ones([size], torch.ScalarType.Float32, context.Device)));
    }

    /// <summary>Whether the layer normalizes each attention head, of which several processes may have different ones.</summary>
    public bool IsOfHeads { get; init; }

    /// <summary>
    /// Whether only linear maps read the result. In training it then has the autocast's type, so that it is rounded once and not by each
    /// of the maps.
    /// </summary>
    public bool FeedsMaps { get; init; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorDivision> Divide(LayerRanks ranks)
    {
        _ranks = ranks;
        return new Dictionary<string, TensorDivision>();
    }

    /// <summary>Normalizes the last dimension.</summary>
    /// <param name="input">[..., E] of any floating-point type. Not disposed.</param>
    /// <returns>[..., E], float32 except as <see cref="FeedsMaps"/> says, in the current dispose scope.</returns>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor wide = input.dtype == torch.ScalarType.Float32 ? input : input.to(torch.ScalarType.Float32);
        Tensor weight = get_parameter("weight")!;
        if (_ranks is { } ranks)
            weight = IsOfHeads ? ranks.EnterParameter(weight) : ranks.EnterSequence(weight);
        // Several processes add up gradients of the result, in float32.
        torch.ScalarType type = FeedsMaps && _ranks is null && torch.is_grad_enabled() ? _autocast.Type : torch.ScalarType.Float32;
        if (NormalizedRows.Supports(wide, weight, type))
            return NormalizedRows.Of(wide, weight, _epsilon, type).MoveToOuterDisposeScope();
        Tensor rstd = (wide.square().mean([-1L], keepdim: true) + _epsilon).rsqrt(); // [..., 1]
        Tensor normalized = wide * rstd * weight;
        return (type == normalized.dtype ? normalized : normalized.to(type)).MoveToOuterDisposeScope();
    }
}
