using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>
/// A weight on the CPU in 4-bit NormalFloat with double quantization (QLoRA; Dettmers et al. 2023, section 3). The weight is divided,
/// row by row, into blocks of 64 values with one constant each. The constants minus their mean are divided into blocks of 256, and
/// stored in 8 bits (<see cref="DynamicCode"/>) relative to the largest of their block. In total, a value takes
/// 4 + 8 / 64 + 32 / (64 · 256) bits.
/// </summary>
internal sealed class Nf4Weight : IDisposable
{
    private const int ConstantsPerBlock = 256;

    // This many rows are whole blocks, whatever their length.
    internal const long RowsPerUnit = NormalFloat4.BlockSize;

    // A weight is read and dequantized in parts of about this size.
    private const long ValuesPerPart = 1 << 22;

    private static readonly float[] Code = [.. DynamicCode.Signed];
    private static readonly float[] Thresholds = [.. DynamicCode.Thresholds(DynamicCode.Signed)];

    private readonly long _inputs;
    private readonly Tensor _codes; // uint8 [blocks, 32]
    private readonly byte[] _constants;
    private readonly float[] _scales;
    private readonly float _mean;

    private Nf4Weight(long inputs, Tensor codes, ReadOnlySpan<float> constants)
    {
        (_inputs, _codes) = (inputs, codes.DetachFromDisposeScope());
        double sum = 0;
        foreach (float constant in constants)
            sum += constant;
        _mean = (float)(sum / constants.Length);
        _constants = new byte[constants.Length];
        _scales = new float[(constants.Length + ConstantsPerBlock - 1) / ConstantsPerBlock];
        for (int block = 0; block < _scales.Length; block++)
        {
            int first = block * ConstantsPerBlock;
            ReadOnlySpan<float> own = constants[first..Math.Min(constants.Length, first + ConstantsPerBlock)];
            float largest = 0;
            foreach (float constant in own)
                largest = Math.Max(largest, Math.Abs(constant - _mean));
            _scales[block] = largest;
            for (int at = 0; at < own.Length; at++)
                _constants[first + at] = Nearest(largest > 0 ? (own[at] - _mean) / largest : 0);
        }
    }

    /// <summary>Quantizes a weight part by part.</summary>
    /// <param name="outputs">Rows of the weight, out.</param>
    /// <param name="inputs">Values in a row, in.</param>
    /// <param name="rows">
    /// Returns the rows from an index, given the index and a count n: float32 [n, in] with any strides, in the current dispose scope.
    /// </param>
    public static Nf4Weight Of(long outputs, long inputs, Func<long, long, Tensor> rows)
    {
        using var untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        long blocks = NormalFloat4.Blocks(outputs * inputs);
        Tensor codes = torch.empty([blocks, NormalFloat4.BlockBytes], torch.ScalarType.Byte);
        Tensor constants = torch.empty([blocks], torch.ScalarType.Float32);
        foreach ((long first, long count, long block) in Parts(0, outputs, inputs))
        {
            using DisposeScope part = torch.NewDisposeScope();
            Tensor plain = rows(first, count).contiguous();
            long own = NormalFloat4.Blocks(plain.numel());
            NormalFloat4.Quantize(
                TensorAddress.Of(plain), plain.numel(), TensorAddress.Of(codes.narrow(0, block, own)),
                TensorAddress.Of(constants.narrow(0, block, own)), torch.get_num_threads());
        }

        return new Nf4Weight(inputs, codes, constants.data<float>().ToArray());
    }

    /// <summary>Returns the size of a weight in bytes.</summary>
    /// <param name="values">Number of values.</param>
    public static long Bytes(long values)
    {
        long blocks = NormalFloat4.Blocks(values);
        long scales = (blocks + ConstantsPerBlock - 1) / ConstantsPerBlock;
        return blocks * (NormalFloat4.BlockBytes + sizeof(byte)) + (scales + 1) * sizeof(float); // with the mean
    }

    /// <summary>Dequantizes rows of the weight.</summary>
    /// <param name="type">float32 or bfloat16.</param>
    /// <param name="first">The first row, a multiple of 64.</param>
    /// <param name="count">Number of rows.</param>
    /// <returns>[count, in] in the current dispose scope.</returns>
    public Tensor Dequantize(torch.ScalarType type, long first, long count)
    {
        Tensor result = torch.empty([count, _inputs], type);
        using DisposeScope scope = torch.NewDisposeScope();
        foreach ((long row, long rows, long block) in Parts(first, count, _inputs))
        {
            using DisposeScope part = torch.NewDisposeScope();
            long own = NormalFloat4.Blocks(rows * _inputs);
            Tensor constants = torch.tensor(Constants((int)block, (int)own));
            (nint codes, nint scales) = (TensorAddress.Of(_codes.narrow(0, block, own)), TensorAddress.Of(constants));
            nint to = TensorAddress.Of(result.narrow(0, row - first, rows));
            if (type == torch.ScalarType.BFloat16)
                NormalFloat4.Dequantize<BFloat16Format>(codes, scales, to, rows * _inputs, torch.get_num_threads());
            else
                NormalFloat4.Dequantize<Float32Format>(codes, scales, to, rows * _inputs, torch.get_num_threads());
        }

        return result;
    }

    /// <summary>Dequantizes the constants of blocks of 64.</summary>
    /// <param name="first">The first block.</param>
    /// <param name="count">Number of blocks.</param>
    internal float[] Constants(int first, int count)
    {
        float[] constants = new float[count];
        for (int at = 0; at < count; at++)
            constants[at] = Code[_constants[first + at]] * _scales[(first + at) / ConstantsPerBlock] + _mean;
        return constants;
    }

    /// <summary>Frees the weight.</summary>
    public void Dispose() => _codes.Dispose();

    // Divides rows into parts, each with the index of its first block.
    private static IEnumerable<(long First, long Count, long Block)> Parts(long first, long count, long inputs)
    {
        long rows = Math.Max(1, ValuesPerPart / (RowsPerUnit * inputs)) * RowsPerUnit;
        for (long row = first; row < first + count; row += rows)
            yield return (row, Math.Min(rows, first + count - row), row * inputs / NormalFloat4.BlockSize);
    }

    private static byte Nearest(float number)
    {
        int index = Array.BinarySearch(Thresholds, number);
        return (byte)(index < 0 ? ~index : index);
    }
}
