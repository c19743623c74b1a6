using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tenon.Kernels;

/// <summary>
/// 4-bit NormalFloat (NF4; Dettmers et al. 2023, "QLoRA", section 3): each number of a block is one of sixteen values times the block's
/// constant, which is the largest absolute value in the block. Two numbers share a byte, with the first one in its upper half.
/// </summary>
internal static unsafe class NormalFloat4
{
    /// <summary>Numbers in a block.</summary>
    public const int BlockSize = 64;

    /// <summary>Bytes of a block without its constant.</summary>
    public const int BlockBytes = BlockSize / 2;

    private const int BlocksPerPart = 1 << 8;

    /// <summary>
    /// The values: quantiles of the normal distribution, scaled to [-1, 1], with an exact zero (appendix E).
    /// </summary>
    public static ReadOnlySpan<float> Values =>
    [
        -1f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f,
        -0.09105003625154495f, 0f, 0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f,
        0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1f,
    ];

    private static readonly float[] Thresholds = Between();

    /// <summary>Returns the number of blocks, the last of which may be incomplete.</summary>
    /// <param name="count">How many numbers there are.</param>
    public static long Blocks(long count) => (count + BlockSize - 1) / BlockSize;

    /// <summary>Quantizes numbers to the nearest values. A block of zeros has the constant 0.</summary>
    /// <param name="numbers">float32 [count].</param>
    /// <param name="count">How many numbers there are.</param>
    /// <param name="codes">Written: <see cref="BlockBytes"/> per block.</param>
    /// <param name="constants">Written: float32, one per block.</param>
    /// <param name="threads">Maximum number of threads.</param>
    public static void Quantize(nint numbers, long count, nint codes, nint constants, int threads) =>
        ForBlocks(count, threads, (block, length) => ((float*)constants)[block] =
            QuantizeBlock((float*)numbers + block * BlockSize, length, (byte*)codes + block * BlockBytes));

    /// <summary>Dequantizes numbers.</summary>
    /// <typeparam name="TFormat">Format of the result.</typeparam>
    /// <param name="codes"><see cref="BlockBytes"/> per block.</param>
    /// <param name="constants">float32, one per block.</param>
    /// <param name="result">Written: [count].</param>
    /// <param name="count">How many numbers there are.</param>
    /// <param name="threads">Maximum number of threads.</param>
    public static void Dequantize<TFormat>(nint codes, nint constants, nint result, long count, int threads)
        where TFormat : struct, IWritableFormat =>
        ForBlocks(count, threads, (block, length) => DequantizeBlock<TFormat>(
            (byte*)codes + block * BlockBytes, ((float*)constants)[block],
            (byte*)result + block * BlockSize * TFormat.Size, length));

    private static void ForBlocks(long count, int threads, Action<long, int> run)
    {
        long blocks = Blocks(count);
        WorkSharing.Do(threads, (int)((blocks + BlocksPerPart - 1) / BlocksPerPart), part =>
        {
            long end = Math.Min(blocks, (part + 1L) * BlocksPerPart);
            for (long block = (long)part * BlocksPerPart; block < end; block++)
                run(block, (int)Math.Min(BlockSize, count - block * BlockSize));
        });
    }

    private static float QuantizeBlock(float* numbers, int count, byte* codes)
    {
        float largest = 0;
        for (int at = 0; at < count; at++)
            largest = Math.Max(largest, Math.Abs(numbers[at]));
        float factor = largest > 0 ? 1 / largest : 0;
        for (int at = 0; at < BlockSize; at += 2)
            codes[at / 2] = (byte)(Nearest(At(at)) << 4 | Nearest(At(at + 1)));
        return largest;

        float At(int at) => at < count ? numbers[at] * factor : 0;
    }

    // A binary search: the code is the number of thresholds below x.
    private static int Nearest(float x)
    {
        int code = 0;
        for (int step = 8; step > 0; step >>= 1)
        {
            if (x > Thresholds[code + step - 1])
                code += step;
        }

        return code;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DequantizeBlock<TFormat>(byte* codes, float constant, byte* to, int count) where TFormat : struct, IWritableFormat
    {
        Vector512<float> scaled = Vector512.Create(Values) * constant;
        if (Avx512F.IsSupported && count == BlockSize)
        {
            for (int at = 0; at < BlockSize; at += 16)
            {
                Vector128<byte> eight = Vector128.CreateScalar(*(long*)(codes + at / 2)).AsByte();
                // Upper and lower halves alternate.
                Vector128<byte> indices = Sse2.UnpackLow((eight.AsUInt16() >> 4).AsByte(), eight) & Vector128.Create((byte)15);
                Vector512<float> sixteen = Avx512F.PermuteVar16x32(scaled, Avx512F.ConvertToVector512Int32(indices));
                TFormat.WriteSixteen(to, at, sixteen.GetLower(), sixteen.GetUpper());
            }

            return;
        }

        float* values = stackalloc float[16];
        scaled.Store(values);
        for (int at = 0; at < count; at++)
            TFormat.WriteOne(to, at, values[at % 2 == 0 ? codes[at / 2] >> 4 : codes[at / 2] & 15]);
    }

    private static float[] Between()
    {
        float[] between = new float[Values.Length - 1];
        for (int index = 0; index < between.Length; index++)
            between[index] = (Values[index] + Values[index + 1]) / 2;
        return between;
    }
}
