using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>
/// A copy of a linear map's weight and bias for products of a few rows, which take as long as reading the weight. Owns the
/// copy. Not thread-safe.
/// </summary>
public sealed class PackedWeight : IDisposable
{
    // With more rows than this, torch's products are as fast: they read a block of the weight once for many rows.
    private const int MaxRows = 16;
    private const int LargestInt8 = 127;

    private readonly Tensor _weight;
    private readonly Tensor? _scales;
    private readonly Tensor? _bias;

    // Cached, because a generated token passes through dozens of maps.
    private readonly torch.ScalarType _type;
    private readonly int _inputs;
    private readonly int _outputs;
    private readonly (nint Weight, nint Scales, nint Bias)? _memory;

    private PackedWeight(Tensor weight, Tensor? scales, Tensor? bias)
    {
        (_weight, _scales, _bias) = (weight.DetachFromDisposeScope(), scales?.DetachFromDisposeScope(), bias?.DetachFromDisposeScope());
        (_type, _outputs, _inputs) = (weight.dtype, (int)weight.size(0), (int)weight.size(1));
        if (weight.device_type == DeviceType.CPU && weight.numel() <= int.MaxValue / sizeof(float))
            _memory = (TensorAddress.Of(weight), scales is null ? 0 : TensorAddress.Of(scales), bias is null ? 0 : TensorAddress.Of(bias));
    }

    /// <summary>Creates a copy.</summary>
    /// <param name="weight">float32 [out, in] with any strides. Not disposed.</param>
    /// <param name="bias">float32 [out], or null. Not disposed.</param>
    /// <param name="format">Format of the weight's copy.</param>
    /// <exception cref="ModelException">int8 is requested on a device other than a CPU, or the bias has the wrong length.</exception>
    public static PackedWeight Of(Tensor weight, Tensor? bias, WeightFormat format)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (format == WeightFormat.Int8 && weight.device_type != DeviceType.CPU)
            throw new ModelException($"int8 weights are available only on the CPU, but the model is on {weight.device}. Use bf16 there.");
        if (bias is not null && bias.numel() != weight.size(0))
            throw new ModelException($"A weight has {weight.size(0)} outputs, but its bias has {bias.numel()} numbers. " +
                "Use a bias with one number per output.");
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor plain = weight.detach();
        if (format != WeightFormat.Int8)
        {
            torch.ScalarType type = format == WeightFormat.Bf16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32;
            // The CPU kernel adds it in float32; on other devices it is an operand of torch's product, whose operands must have
            // the same type.
            Tensor? added = bias?.detach().to(weight.device_type == DeviceType.CPU ? torch.ScalarType.Float32 : type).contiguous();
            return new PackedWeight(plain.to(type).contiguous(), null, added);
        }

        // Rows of zeros have scale 1, not 0.
        Tensor largest = plain.abs().amax([1L], keepdim: true);
        Tensor scales = torch.where(largest.gt(0), largest / LargestInt8, torch.ones_like(largest)); // [out, 1]
        Tensor whole = (plain / scales).round().clamp(-LargestInt8, LargestInt8).to(torch.ScalarType.Int8);
        return new PackedWeight(whole.contiguous(), scales, bias?.detach().contiguous());
    }

    /// <summary>x·Wᵀ + b.</summary>
    /// <param name="input">[..., in], any floating-point type. Not disposed.</param>
    /// <returns>[..., out] in the current dispose scope, without graph: bfloat16 for many rows in that format, otherwise float32.</returns>
    public Tensor Apply(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        // If the sizes do not match, torch reports it.
        if (_memory is not null && input.size(-1) == _inputs && input.numel() / _inputs is var rows and <= MaxRows)
            return FewRows(input, (int)rows).MoveToOuterDisposeScope();
        Tensor weight = _scales is null ? _weight : _weight * _scales; // int8 [out, in] -> float32 [out, in]
        return F.linear(Cast(input, weight.dtype), weight, _bias is null ? null : Cast(_bias, weight.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>Whether <see cref="Run"/> supports this number of rows.</summary>
    internal bool Supports(int rows) => _memory is not null && rows <= MaxRows;

    /// <summary>x·Wᵀ + b from memory into memory.</summary>
    /// <param name="input">float32 [rows, in].</param>
    /// <param name="result">float32 [rows, out].</param>
    /// <param name="rows">A number of rows for which <see cref="Supports"/> is true.</param>
    /// <param name="ending">How the sums are stored.</param>
    internal void Run(nint input, nint result, int rows, ProductEnding ending)
    {
        (nint weight, nint scales, nint bias) = _memory!.Value;
        var product = new SkinnyMatrixProduct(input, weight, scales, bias, result, rows, _inputs, _outputs, ending);
        int threads = torch.get_num_threads();
        switch (_type)
        {
            case torch.ScalarType.Int8:
                product.Run<Int8Format>(threads);
                break;
            case torch.ScalarType.BFloat16:
                product.Run<BFloat16Format>(threads);
                break;
            default:
                product.Run<Float32Format>(threads);
                break;
        }
    }

    /// <summary>Frees the copy.</summary>
    public void Dispose()
    {
        _weight.Dispose();
        _scales?.Dispose();
        _bias?.Dispose();
    }

    private Tensor FewRows(Tensor input, int rows)
    {
        Tensor x = Cast(input, torch.ScalarType.Float32).contiguous();
        Tensor result = torch.empty([.. input.shape[..^1], _outputs], torch.ScalarType.Float32);
        Run(TensorAddress.Of(x), TensorAddress.Of(result), rows, ProductEnding.Write);
        return result;
    }

    private static Tensor Cast(Tensor tensor, torch.ScalarType type) => tensor.dtype == type ? tensor : tensor.to(type);
}
