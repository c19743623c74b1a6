using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>
/// Layer normalization over the last dimension (Ba, Kiros and Hinton 2016), in float32 regardless of the autocast. Gain and
/// offset start at 1 and 0. State names: <c>weight</c>, <c>bias</c>.
/// </summary>
public sealed class LayerNorm : NamedModule<Tensor, Tensor>, IDividedLayer
{
    private readonly long[] _shape;
    private readonly double _epsilon;
    private LayerRanks? _ranks;

    /// <summary>Creates the layer.</summary>
    /// <param name="size">Size of the last dimension, E.</param>
    /// <param name="epsilon">Added to the variance, above 0.</param>
    /// <param name="context">The device of the model.</param>
    public LayerNorm(long size, double epsilon, BuildContext context) : base(nameof(LayerNorm))
    {
        ArgumentNullException.ThrowIfNull(context);
        _shape = [size];
        _epsilon = epsilon;
        register_parameter("weight", new Parameter(torch.ones([size], torch.ScalarType.Float32, context.Device)));
        register_parameter("bias", new Parameter(torch.zeros([size], torch.ScalarType.Float32, context.Device)));
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorDivision> Divide(LayerRanks ranks)
    {
        _ranks = ranks;
        return new Dictionary<string, TensorDivision>();
    }

    /// <summary>Normalizes the last dimension.</summary>
    /// <param name="input">[..., E] of any floating-point type. Not disposed.</param>
    /// <returns>float32 [..., E] in the current dispose scope.</returns>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor wide = input.dtype == torch.ScalarType.Float32 ? input : input.to(torch.ScalarType.Float32);
        Tensor weight = get_parameter("weight")!, bias = get_parameter("bias")!;
        return F.layer_norm(
            wide, _shape, _ranks?.EnterSequence(weight) ?? weight, _ranks?.EnterSequence(bias) ?? bias, _epsilon).MoveToOuterDisposeScope();
    }

    /// <summary>Normalizes rows in memory without torch calls (<see cref="RowFunctions"/>).</summary>
    /// <param name="input">Address of float32 [rows, E], E a multiple of 8, on the CPU like the layer.</param>
    /// <param name="result">Address of float32 [rows, E], written.</param>
    /// <param name="rows">Number of rows.</param>
    internal void Run(nint input, nint result, int rows) => RowFunctions.LayerNorm(
        input, TensorAddress.Of(get_parameter("weight")!), TensorAddress.Of(get_parameter("bias")!),
        (float)_epsilon, result, rows, (int)_shape[0]);
}
