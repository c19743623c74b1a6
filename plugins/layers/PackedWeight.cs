using Tenon.Layers.Cpu;

namespace Tenon.Layers;

/// <summary>
/// A copy of a linear map's weight for products of a few rows, which take as long as it takes to read the weight. Owns the
/// copy. For one thread at a time.
/// </summary>
public sealed class PackedWeight : IDisposable
{
    // With more rows than this, torch's products are as fast: they read a block of the weight once for many rows.
    private const int MostRows = 16;
    private const int LargestInt8 = 127;

    private readonly Tensor _weight;
    private readonly Tensor? _scales;

    // Asked for once: a generated token goes through dozens of maps.
    private readonly torch.ScalarType _type;
    private readonly int _inputs;
    private readonly int _outputs;
    private readonly (nint Weight, nint Scales)? _memory;

    private PackedWeight(Tensor weight, Tensor? scales)
    {
        (_weight, _scales) = (weight, scales);
        (_type, _outputs, _inputs) = (weight.dtype, (int)weight.size(0), (int)weight.size(1));
        if (weight.device_type == DeviceType.CPU && weight.numel() <= int.MaxValue / sizeof(float))
            _memory = (TensorAddress.Of(weight), scales is null ? 0 : TensorAddress.Of(scales));
    }

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
        Tensor scales = torch.where(largest.gt(0), largest / LargestInt8, torch.ones_like(largest)); // [out, 1]
        Tensor whole = (plain / scales).round().clamp(-LargestInt8, LargestInt8).to(torch.ScalarType.Int8);
        return new PackedWeight(whole.contiguous().DetachFromDisposeScope(), scales.DetachFromDisposeScope());
    }

    /// <summary>x·Wᵀ + b.</summary>
    /// <param name="input">[..., in], any floating-point type. Not disposed.</param>
    /// <param name="bias">float32 [out], or null. Not disposed.</param>
    /// <returns>[..., out] in the current dispose scope, without graph: bfloat16 for many rows of that form, else float32.</returns>
    public Tensor Apply(Tensor input, Tensor? bias)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        // Where sizes do not fit, torch says so.
        if (_memory is { } memory && input.size(-1) == _inputs && input.numel() / _inputs is var rows and <= MostRows)
            return FewRows(memory, input, (int)rows, bias).MoveToOuterDisposeScope();
        Tensor weight = _scales is null ? _weight : _weight * _scales; // int8 [out, in] -> float32 [out, in]
        return F.linear(Cast(input, weight.dtype), weight, bias is null ? null : Cast(bias, weight.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the copy.</summary>
    public void Dispose()
    {
        _weight.Dispose();
        _scales?.Dispose();
    }

    private Tensor FewRows((nint Weight, nint Scales) memory, Tensor input, int rows, Tensor? bias)
    {
        Tensor x = Cast(input, torch.ScalarType.Float32).contiguous();
        Tensor result = torch.empty([.. input.shape[..^1], _outputs], torch.ScalarType.Float32);
        var product = new RowProduct(
            TensorAddress.Of(x), memory.Weight, memory.Scales, bias is null ? 0 : TensorAddress.Of(bias), TensorAddress.Of(result), rows, _inputs, _outputs);
        int threads = torch.get_num_threads();
        switch (_type)
        {
            case torch.ScalarType.Int8:
                product.Run<Int8Reader>(threads);
                break;
            case torch.ScalarType.BFloat16:
                product.Run<BFloat16Reader>(threads);
                break;
            default:
                product.Run<Float32Reader>(threads);
                break;
        }

        return result;
    }

    private static Tensor Cast(Tensor tensor, torch.ScalarType type) => tensor.dtype == type ? tensor : tensor.to(type);
}
