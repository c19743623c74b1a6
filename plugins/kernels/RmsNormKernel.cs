using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tenon.Kernels;

/// <summary>
/// Root mean square normalization of rows on the CPU, x · r · weight with r = 1 / √(mean(x²) + ε) (Zhang and Sennrich 2019,
/// equation 4), and its gradients. Each row is read from memory once; torch's functions would read all rows five times, and fourteen
/// times for the gradients. Results do not depend on the number of threads.
/// </summary>
internal static unsafe class RmsNormKernel
{
    private const int NumbersOfPart = 1 << 14, MaxParts = 64, Lanes = 16;

    /// <summary>Returns whether the kernel supports operands.</summary>
    /// <param name="input">[..., E].</param>
    /// <param name="weight">[E].</param>
    public static bool Supports(Tensor input, Tensor weight) =>
        TensorAddress.IsReadable(input) && input.dtype == torch.ScalarType.Float32 && weight.dtype == torch.ScalarType.Float32
        && input.ndim > 0 && input.size(-1) is > 0 and var size && size % Lanes == 0 && weight.numel() == size
        && input.is_contiguous() && weight.is_contiguous();

    /// <summary>Normalizes rows.</summary>
    /// <param name="input">float32 [..., E], contiguous.</param>
    /// <param name="weight">float32 [E], contiguous.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="result">float32 or bfloat16 [..., E], contiguous, written.</param>
    /// <param name="scales">float32, r of each row, written.</param>
    public static void Apply(Tensor input, Tensor weight, float epsilon, Tensor result, Tensor scales)
    {
        int size = (int)input.size(-1);
        nint x = TensorAddress.Of(input), w = TensorAddress.Of(weight), to = TensorAddress.Of(result), r = TensorAddress.Of(scales);
        bool isBFloat16 = result.dtype == torch.ScalarType.BFloat16;
        int rows = (int)(input.numel() / size);
        WorkSharing.DoRanges(torch.get_num_threads(), rows, RowsOfPart(rows, size), (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                float* from = (float*)x + (nint)row * size;
                float scale = ((float*)r)[row] = 1 / MathF.Sqrt(Dot(from, from, size) / size + epsilon);
                if (isBFloat16)
                    Write<BFloat16Format>(from, scale, (float*)w, (byte*)to + (nint)row * size * sizeof(ushort), size);
                else
                    Write<Float32Format>(from, scale, (float*)w, (byte*)to + (nint)row * size * sizeof(float), size);
            }
        });
    }

    /// <summary>Computes the gradients of input and weight.</summary>
    /// <param name="gradient">float32 or bfloat16 [..., E], contiguous: the gradient of the result.</param>
    /// <param name="input">As in <see cref="Apply"/>.</param>
    /// <param name="weight">As in <see cref="Apply"/>.</param>
    /// <param name="scales">From <see cref="Apply"/>.</param>
    /// <param name="inputGradient">float32 [..., E], contiguous, written.</param>
    /// <param name="weightGradient">float32 [E], zeros, to which the gradient is added; or null if it is not needed.</param>
    public static void Gradients(
        Tensor gradient, Tensor input, Tensor weight, Tensor scales, Tensor inputGradient, Tensor? weightGradient)
    {
        int size = (int)input.size(-1), rows = (int)(input.numel() / size);
        nint g = TensorAddress.Of(gradient), x = TensorAddress.Of(input), w = TensorAddress.Of(weight), r = TensorAddress.Of(scales),
            dx = TensorAddress.Of(inputGradient);
        bool isBFloat16 = gradient.dtype == torch.ScalarType.BFloat16;
        int rowsOfPart = RowsOfPart(rows, size);
        // Each part has its own sum, so that the order of additions does not depend on threads.
        float[] sums = weightGradient is null ? [] : new float[(rows + rowsOfPart - 1) / rowsOfPart * size];
        WorkSharing.DoRanges(torch.get_num_threads(), rows, rowsOfPart, (first, end) =>
        {
            fixed (float* all = sums)
            {
                float* sum = weightGradient is null ? null : all + (nint)(first / rowsOfPart) * size;
                for (int row = first; row < end; row++)
                {
                    nint at = (nint)row * size;
                    float* one = (float*)x + at, to = (float*)dx + at;
                    float scale = ((float*)r)[row];
                    if (isBFloat16)
                        Row<BFloat16Format>((byte*)g + at * sizeof(ushort), one, (float*)w, scale, to, sum, size);
                    else
                        Row<Float32Format>((byte*)g + at * sizeof(float), one, (float*)w, scale, to, sum, size);
                }
            }
        });
        if (weightGradient is null)
            return;
        var total = new Span<float>((void*)TensorAddress.Of(weightGradient), size);
        for (int at = 0; at < sums.Length; at++)
            total[at % size] += sums[at];
    }

    // dx = r·(g·w) − x·r³·mean(g·w·x); the weight's gradient is the sum of g·x·r over all rows.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row<TFormat>(byte* g, float* x, float* w, float r, float* dx, float* sum, int size)
        where TFormat : struct, INumberFormat
    {
        Vector256<float> a = Vector256<float>.Zero, b = a;
        for (int at = 0; at < size; at += Lanes)
        {
            a += TFormat.Eight(g, at) * Vector256.Load(w + at) * Vector256.Load(x + at);
            b += TFormat.Eight(g, at + 8) * Vector256.Load(w + at + 8) * Vector256.Load(x + at + 8);
        }

        Vector256<float> scale = Vector256.Create(r), inward = Vector256.Create(-Vector256.Sum(a + b) / size * r * r * r);
        for (int at = 0; at < size; at += 8)
        {
            Vector256<float> one = Vector256.Load(x + at), from = TFormat.Eight(g, at);
            (from * Vector256.Load(w + at) * scale + one * inward).Store(dx + at);
            if (sum is not null)
                (Vector256.Load(sum + at) + from * one * scale).Store(sum + at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Dot(float* left, float* right, int size)
    {
        Vector256<float> a = Vector256<float>.Zero, b = a;
        for (int at = 0; at < size; at += Lanes)
        {
            a += Vector256.Load(left + at) * Vector256.Load(right + at);
            b += Vector256.Load(left + at + 8) * Vector256.Load(right + at + 8);
        }

        return Vector256.Sum(a + b);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Write<TFormat>(float* x, float r, float* w, byte* to, int size)
        where TFormat : struct, IWritableFormat
    {
        Vector256<float> scale = Vector256.Create(r);
        for (int at = 0; at < size; at += Lanes)
        {
            Vector256<float> first = Vector256.Load(x + at) * scale, second = Vector256.Load(x + at + 8) * scale;
            TFormat.WriteSixteen(to, at, first * Vector256.Load(w + at), second * Vector256.Load(w + at + 8));
        }
    }

    // At least as many rows as make a part worth sharing, and at most 64 parts, because each has a sum.
    private static int RowsOfPart(int rows, int size) => Math.Max(Math.Max(1, NumbersOfPart / size), (rows + MaxParts - 1) / MaxParts);
}
