namespace Tenon.Layers;

/// <summary>
/// A copy of a linear map's weight for products of a few rows, which take as long as it takes to read the weight. Owns the
/// copy. For one thread at a time.
/// </summary>
public sealed class PackedWeight : IDisposable
{
    // TorchSharp has no binding of this operator; TorchScript reaches it.
    private const string Script = """
        def product(rows: Tensor, weight: Tensor, scales: Tensor) -> Tensor:
            return torch._weight_int8pack_mm(rows, weight, scales)

        """;

    private const int LargestInt8 = 127;
    private static readonly Lazy<torch.jit.CompilationUnit> Kernels = new(() => torch.jit.compile(Script));

    private readonly Tensor _weight;
    private readonly Tensor? _scales;

    private PackedWeight(Tensor weight, Tensor? scales) => (_weight, _scales) = (weight, scales);

    /// <summary>Makes a copy.</summary>
    /// <param name="weight">float32 [out, in], a view with other strides also. Not disposed.</param>
    /// <param name="format">Form of the copy.</param>
    /// <exception cref="ModelException">int8 is asked for on another device than a CPU.</exception>
    public static PackedWeight Of(Tensor weight, WeightFormat format)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (format == WeightFormat.Int8 && weight.device_type != DeviceType.CPU)
            throw new ModelException($"int8 weights need the processor, and the model is on {weight.device}. Use bf16 there.");
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor plain = weight.detach();
        if (format != WeightFormat.Int8)
        {
            Tensor copy = plain.to(format == WeightFormat.Bf16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32).contiguous();
            return new PackedWeight(copy.DetachFromDisposeScope(), null);
        }

        // Rows of zeros have the scale 1, not 0.
        Tensor largest = plain.abs().amax([1L], keepdim: true);
        Tensor scales = torch.where(largest.gt(0), largest / LargestInt8, torch.ones_like(largest)).to(torch.ScalarType.BFloat16);
        Tensor whole = (plain / scales.to(torch.ScalarType.Float32)).round().clamp(-LargestInt8, LargestInt8).to(torch.ScalarType.Int8);
        return new PackedWeight(whole.contiguous().DetachFromDisposeScope(), scales.reshape(-1).DetachFromDisposeScope());
    }

    /// <summary>x·Wᵀ + b.</summary>
    /// <param name="input">[..., in], any floating-point type. Not disposed.</param>
    /// <param name="bias">float32 [out], or null. Not disposed.</param>
    /// <returns>[..., out] in float32, or bfloat16 for the other forms, in the current dispose scope; without graph.</returns>
    public Tensor Apply(Tensor input, Tensor? bias)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.ScalarType type = _scales is null ? _weight.dtype : torch.ScalarType.BFloat16;
        Tensor operand = Cast(input);
        if (_scales is null)
            return F.linear(operand, _weight, bias is null ? null : Cast(bias)).MoveToOuterDisposeScope();
        Tensor rows = operand.reshape(-1, input.size(-1)); // [..., in] -> [rows, in]
        Tensor product = Kernels.Value.invoke<Tensor>("product", rows, _weight, _scales);
        Tensor result = bias is null ? product : product + Cast(bias);
        return result.reshape([.. input.shape[..^1], _weight.size(0)]).MoveToOuterDisposeScope();

        Tensor Cast(Tensor tensor) => tensor.dtype == type ? tensor : tensor.to(type);
    }

    /// <summary>Frees the copy.</summary>
    public void Dispose()
    {
        _weight.Dispose();
        _scales?.Dispose();
    }
}
