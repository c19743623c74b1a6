using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tenon.Kernels;

/// <summary>
/// Rotates pairs of dimensions of attention heads by angles that depend on the position (Su et al. 2021, section 3.2), in one pass over
/// memory and in float32.
/// </summary>
internal static unsafe class RotaryKernel
{
    private const int NumbersOfPart = 1 << 14, Lanes = 16;

    /// <summary>Returns whether the kernel supports operands.</summary>
    /// <param name="heads">[B, H, N, D].</param>
    /// <param name="rotations">[2, N, R / 2] or [2, B, 1, N, R / 2].</param>
    public static bool Supports(Tensor heads, Tensor rotations) =>
        TensorAddress.IsReadable(heads)
        && rotations.dtype == torch.ScalarType.Float32 && rotations.is_contiguous() && rotations.size(-1) % Lanes == 0
        && rotations.size(-2) == heads.size(2) && (rotations.ndim == 3 || rotations.size(1) == heads.size(0))
        && heads.size(3) - 2 * rotations.size(-1) is >= 0 and var rest && rest % Lanes == 0;

    /// <summary>Rotates heads.</summary>
    /// <param name="heads">float32 or bfloat16, [B, H, N, D] or [B, N, H, D], contiguous.</param>
    /// <param name="headsFirst">Whether <paramref name="heads"/> is [B, H, N, D].</param>
    /// <param name="rotations">float32 [2, N, R / 2] or [2, B, 1, N, R / 2], contiguous: cosines, then sines.</param>
    /// <param name="back">Whether the angles are negative.</param>
    /// <param name="result">The other layout or the same, in the type of <paramref name="heads"/>, contiguous, written.</param>
    /// <param name="resultHeadsFirst">Whether <paramref name="result"/> is [B, H, N, D].</param>
    public static void Apply(Tensor heads, bool headsFirst, Tensor rotations, bool back, Tensor result, bool resultHeadsFirst)
    {
        int batch = (int)heads.size(0), count = (int)heads.size(headsFirst ? 1 : 2), positions = (int)heads.size(headsFirst ? 2 : 1);
        int size = (int)heads.size(3), half = (int)rotations.size(-1);
        bool isBFloat16 = heads.dtype == torch.ScalarType.BFloat16;
        int bytes = isBFloat16 ? sizeof(ushort) : sizeof(float);
        nint from = TensorAddress.Of(heads), to = TensorAddress.Of(result), turned = TensorAddress.Of(rotations);
        nint sines = (nint)(rotations.numel() / 2);
        bool ofRows = rotations.ndim > 3;
        WorkSharing.DoRanges(torch.get_num_threads(), batch * count * positions, Math.Max(1, NumbersOfPart / size), (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                // Rows in the order of the result.
                int inner = resultHeadsFirst ? positions : count;
                (int high, int low) = (row / inner % (resultHeadsFirst ? count : positions), row % inner);
                (int head, int position) = resultHeadsFirst ? (high, low) : (low, high);
                nint item = row / (count * positions);
                nint source = headsFirst ? (item * count + head) * positions + position : (item * positions + position) * count + head;
                float* cos = (float*)turned + ((ofRows ? item * positions : 0) + position) * half;
                byte* x = (byte*)from + source * size * bytes, y = (byte*)to + (nint)row * size * bytes;
                if (isBFloat16)
                    Row<BFloat16Format>(x, cos, cos + sines, back, y, half, size);
                else
                    Row<Float32Format>(x, cos, cos + sines, back, y, half, size);
            }
        });
    }

    // Dimension i forms a pair with dimension i + R / 2.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row<TFormat>(byte* x, float* cosines, float* sines, bool back, byte* to, int half, int size)
        where TFormat : struct, IWritableFormat
    {
        Vector256<float> sign = Vector256.Create(back ? -1f : 1f);
        for (int at = 0; at < half; at += Lanes)
        {
            Vector256<float> a0 = TFormat.Eight(x, at), a1 = TFormat.Eight(x, at + 8);
            Vector256<float> b0 = TFormat.Eight(x, half + at), b1 = TFormat.Eight(x, half + at + 8);
            Vector256<float> c0 = Vector256.Load(cosines + at), c1 = Vector256.Load(cosines + at + 8);
            Vector256<float> s0 = Vector256.Load(sines + at) * sign, s1 = Vector256.Load(sines + at + 8) * sign;
            TFormat.WriteSixteen(to, at, a0 * c0 - b0 * s0, a1 * c1 - b1 * s1);
            TFormat.WriteSixteen(to, half + at, b0 * c0 + a0 * s0, b1 * c1 + a1 * s1);
        }

        for (int at = 2 * half; at < size; at += Lanes)
            TFormat.WriteSixteen(to, at, TFormat.Eight(x, at), TFormat.Eight(x, at + 8));
    }
}
