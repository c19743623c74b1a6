using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>
/// A copy of a linear map's weight and bias for products of a few rows, which take as long as reading the weight; or, in a frozen
/// model, the only copy, which each product dequantizes. Owns the copy. Not thread-safe.
/// </summary>
public sealed partial class PackedWeight : IDisposable
{
    // Instructions for products of bfloat16 matrices (AMX) outrun kernels for a few rows from so many rows on.
    private const int MaxRowsBesideMatrixInstructions = 4;
    private const int MaxInt8 = 127;
    private const long ValuesPerPart = 1 << 17;

    // Kept, because a number that each part passed to torch would stay on the heap until the next garbage collection, between the
    // tensors of parts, whose memory could not be used again.
    private static readonly Scalar _zero = 0, _lowest = -MaxInt8, _highest = MaxInt8;

    private readonly Tensor? _weight;
    private readonly Nf4Weight? _nf4;
    private readonly Tensor? _scales;
    private readonly Tensor? _bias;

    // Cached, because a generated token passes through dozens of maps.
    private readonly torch.ScalarType _type;
    private readonly int _inputs;
    private readonly int _outputs;

    // With more rows than this, other products are just as fast, because they read each block of the weight once for many rows.
    private readonly int _maxRows;
    private readonly (nint Weight, nint Scales, nint Bias)? _memory;

    private PackedWeight(Tensor weight, Tensor? scales, Tensor? bias)
    {
        (_weight, _scales, _bias) = (weight.DetachFromDisposeScope(), scales?.DetachFromDisposeScope(), bias?.DetachFromDisposeScope());
        (_type, _outputs, _inputs) = (weight.dtype, (int)weight.size(0), (int)weight.size(1));
        _maxRows = _type == torch.ScalarType.BFloat16 && MatrixInstructions.HaveBFloat16
            ? MaxRowsBesideMatrixInstructions
            : SkinnyMatrixProduct.MaxRows;
        if (weight.device_type == DeviceType.CPU && weight.dtype != torch.ScalarType.Float16
            && weight.numel() <= int.MaxValue / sizeof(float))
            _memory = (TensorAddress.Of(weight), scales is null ? 0 : TensorAddress.Of(scales), bias is null ? 0 : TensorAddress.Of(bias));
    }

    private PackedWeight(Nf4Weight weight, long outputs, long inputs, Tensor? bias)
    {
        (_nf4, _bias) = (weight, bias?.DetachFromDisposeScope());
        (_type, _outputs, _inputs) = (torch.ScalarType.Byte, (int)outputs, (int)inputs);
    }

    /// <summary>Returns the format of an embedding table or an output map: bf16 in an NF4 model, because NF4 is for other layers.</summary>
    /// <param name="format">Format of the model.</param>
    public static WeightFormat? OfTable(WeightFormat? format) => format == WeightFormat.Nf4 ? WeightFormat.Bf16 : format;

    /// <summary>Returns the size of a weight in bytes.</summary>
    /// <param name="outputs">Rows of the weight, out.</param>
    /// <param name="inputs">Values in a row, in.</param>
    /// <param name="format">Its format.</param>
    public static long Bytes(long outputs, long inputs, WeightFormat format) => format switch
    {
        WeightFormat.Bf16 or WeightFormat.Fp16 => 2 * outputs * inputs,
        WeightFormat.Int8 => outputs * (inputs + sizeof(float)),
        WeightFormat.Nf4 => Nf4Weight.Bytes(outputs * inputs),
        _ => sizeof(float) * outputs * inputs,
    };

    /// <summary>Creates a copy.</summary>
    /// <param name="weight">float32 [out, in] with any strides. Not disposed.</param>
    /// <param name="bias">float32 [out], or null. Not disposed.</param>
    /// <param name="format">Format of the weight's copy.</param>
    /// <exception cref="ModelException">
    /// int8 or nf4 is requested on a device other than a CPU, or the bias has the wrong length.
    /// </exception>
    public static PackedWeight Of(Tensor weight, Tensor? bias, WeightFormat format)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (format is WeightFormat.Int8 or WeightFormat.Nf4 && weight.device_type != DeviceType.CPU)
        {
            throw new ModelException(
                $"{format.ToString().ToLowerInvariant()} weights are available only on the CPU, but the model is on {weight.device}. " +
                "Use bf16 there.");
        }

        if (bias is not null && bias.numel() != weight.size(0))
            throw new ModelException($"A weight has {weight.size(0)} outputs, but its bias has {bias.numel()} numbers. " +
                "Use a bias with one number per output.");
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor plain = weight.detach();
        // Already in the requested format, so the weight itself is used.
        if (format == WeightFormat.Fp32 && plain.dtype == torch.ScalarType.Float32 && plain.is_contiguous())
            return new PackedWeight(plain, null, Added(bias, format, weight.device));
        return Of(weight.size(0), weight.size(1), (first, count) => plain.narrow(0, first, count), bias, format, weight.device);
    }

    /// <summary>Creates a copy part by part, so that the whole weight is never in memory in float32 as well.</summary>
    /// <param name="outputs">Rows of the weight, out.</param>
    /// <param name="inputs">Values in a row, in.</param>
    /// <param name="rows">
    /// Returns the rows from an index, given the index and a count n: float32 [n, in] with any strides, in the current dispose scope.
    /// </param>
    /// <param name="bias">float32 [out], or null. Not disposed.</param>
    /// <param name="format">Format of the weight's copy.</param>
    /// <param name="device">Device of the copy.</param>
    internal static PackedWeight Of(
        long outputs, long inputs, Func<long, long, Tensor> rows, Tensor? bias, WeightFormat format, torch.Device device)
    {
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        if (format == WeightFormat.Nf4)
            return new PackedWeight(Nf4Weight.Of(outputs, inputs, rows), outputs, inputs, Added(bias, format, device));
        bool isInt8 = format == WeightFormat.Int8;
        torch.ScalarType type = format switch
        {
            WeightFormat.Int8 => torch.ScalarType.Int8,
            WeightFormat.Bf16 => torch.ScalarType.BFloat16,
            WeightFormat.Fp16 => torch.ScalarType.Float16,
            _ => torch.ScalarType.Float32,
        };
        Tensor packed = torch.empty([outputs, inputs], type, device);
        Tensor? scales = isInt8 ? torch.empty([outputs, 1], torch.ScalarType.Float32, device) : null;
        long rowsOfPart = Math.Max(1, ValuesPerPart / inputs);
        for (long first = 0; first < outputs; first += rowsOfPart)
        {
            using DisposeScope part = torch.NewDisposeScope();
            long count = Math.Min(rowsOfPart, outputs - first);
            Tensor plain = rows(first, count);
            if (scales is not null)
            {
                // Rows of zeros get a scale of 1, to avoid dividing by 0.
                Tensor largest = plain.abs().amax([1L], keepdim: true);
                Tensor factors = torch.where(largest.gt(_zero), largest / _highest, torch.ones_like(largest)); // [n, 1]
                scales.narrow(0, first, count).copy_(factors);
                plain = (plain / factors).round_().clamp_(_lowest, _highest);
            }

            packed.narrow(0, first, count).copy_(plain);
        }

        return new PackedWeight(packed, scales, Added(bias, format, device));
    }

    /// <summary>Looks up rows of the weight, as an embedding does. Not for NF4 (<see cref="OfTable"/>).</summary>
    /// <param name="index">int64 [n]. Not disposed.</param>
    /// <returns>float32 [n, in] in the current dispose scope.</returns>
    internal Tensor Rows(Tensor index)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor rows = _weight!.index_select(0, index).to(torch.ScalarType.Float32);
        return (_scales is null ? rows : rows * _scales.index_select(0, index)).MoveToOuterDisposeScope();
    }

    // The CPU kernel adds the bias in float32. On other devices it is an operand of torch's product, whose operands must have the
    // same type.
    private static Tensor? Added(Tensor? bias, WeightFormat format, torch.Device device) => bias?.detach()
        .to(device.type == DeviceType.CPU || format != WeightFormat.Bf16 ? torch.ScalarType.Float32 : torch.ScalarType.BFloat16)
        .contiguous();

    /// <summary>Computes x·Wᵀ + b.</summary>
    /// <param name="input">[..., in], any floating-point type. Not disposed.</param>
    /// <returns>[..., out] in the current dispose scope, without graph: bfloat16 for many rows in that format, otherwise float32.</returns>
    public Tensor Apply(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        // If the sizes do not match, torch reports it.
        if (_memory is { } memory && input.size(-1) == _inputs)
        {
            long rows = input.numel() / _inputs;
            if (rows <= _maxRows)
                return FewRows(input, (int)rows).MoveToOuterDisposeScope();
            if (PanelsAreFast && Math.Max(rows * _outputs, input.numel()) <= int.MaxValue / sizeof(float))
                return ManyRows(input, (int)rows, memory).MoveToOuterDisposeScope();
        }

        Tensor weight = Dequantize(_type == torch.ScalarType.BFloat16 ? _type : torch.ScalarType.Float32); // [out, in]
        return F.linear(Cast(input, weight.dtype), weight, _bias is null ? null : Cast(_bias, weight.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>Whether <see cref="Run"/> supports this number of rows.</summary>
    internal bool Supports(int rows) => _memory is not null && rows <= _maxRows;

    /// <summary>Computes x·Wᵀ + b on raw memory.</summary>
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
        _weight?.Dispose();
        _nf4?.Dispose();
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

    // torch has no product with int8 weights, and its bfloat16 product is fast.
    private bool PanelsAreFast => _type switch
    {
        torch.ScalarType.Int8 => PanelMatrixProduct.IsSupported,
        torch.ScalarType.Float32 => PanelMatrixProduct.IsFast,
        _ => false,
    };

    private Tensor ManyRows(Tensor input, int rows, (nint Weight, nint Scales, nint Bias) memory)
    {
        Tensor x = Cast(input, torch.ScalarType.Float32).contiguous();
        Tensor result = torch.empty([.. input.shape[..^1], _outputs], torch.ScalarType.Float32);
        var product = new PanelMatrixProduct(
            TensorAddress.Of(x), memory.Weight, memory.Scales, memory.Bias, TensorAddress.Of(result), rows, _inputs, _outputs);
        if (_scales is null)
            product.Run<Float32Format>(torch.get_num_threads());
        else
            product.Run<Int8Format>(torch.get_num_threads());
        return result;
    }

    private static Tensor Cast(Tensor tensor, torch.ScalarType type) => tensor.dtype == type ? tensor : tensor.to(type);
}
