using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tenon.Kernels;

/// <summary>
/// softmax(scores + bias) over keys on the CPU, and its gradient, each in one pass over memory. Most keys after the last one that a
/// query attends to are not computed, which is half of all with a causal mask.
/// </summary>
internal static unsafe class MaskedSoftmaxKernel
{
    private const int NumbersOfPart = 1 << 14, Lanes = 16;

    // Masks are -1e30 in float32 and bfloat16.
    private const float Hidden = -1e29f;

    /// <summary>Returns whether the kernel supports operands. A bias that differs between heads is learned, and needs a gradient.</summary>
    /// <param name="scores">[B, H, Tq, Tk].</param>
    /// <param name="bias">[Tq, Tk], or [B or 1, 1, Tq or 1, Tk].</param>
    public static bool Supports(Tensor scores, Tensor bias) =>
        TensorAddress.IsReadable(scores) && scores.numel() > 0 && scores.is_contiguous()
        && bias.ndim is 2 or 4 && bias.dtype == scores.dtype && !bias.requires_grad && bias.is_contiguous()
        && bias.size(-1) == scores.size(3) && (bias.size(-2) == 1 || bias.size(-2) == scores.size(2))
        && (bias.ndim == 2 || (bias.size(1) == 1 && (bias.size(0) == 1 || bias.size(0) == scores.size(0))));

    /// <summary>Computes the weights.</summary>
    /// <param name="scores">float32 or bfloat16 [B, H, Tq, Tk], contiguous.</param>
    /// <param name="bias">
    /// Of the same type, contiguous: [Tq, Tk], or [B or 1, 1, Tq or 1, Tk]. A key with less than -1e29 is masked; a query without any
    /// other key attends to all.
    /// </param>
    /// <param name="result">Like <paramref name="scores"/>, written; may be <paramref name="scores"/>.</param>
    public static void Apply(Tensor scores, Tensor bias, Tensor result)
    {
        int heads = (int)scores.size(1), queries = (int)scores.size(2), keys = (int)scores.size(3);
        bool ofFour = bias.ndim == 4;
        nint bQuery = bias.size(-2) == 1 ? 0 : keys, rows = bias.size(-2) == 1 ? 1 : queries;
        nint bItem = ofFour && bias.size(0) > 1 ? rows * keys : 0;
        bool isBFloat16 = scores.dtype == torch.ScalarType.BFloat16;
        int bytes = isBFloat16 ? sizeof(ushort) : sizeof(float);
        nint s = TensorAddress.Of(scores), b = TensorAddress.Of(bias), to = TensorAddress.Of(result);
        ForRows(scores, (first, end) =>
        {
            float[] rented = ArrayPool<float>.Shared.Rent(keys);
            fixed (float* powers = rented)
            {
                for (int row = first; row < end; row++)
                {
                    nint at = (nint)row * keys * bytes;
                    var added = (byte*)(b + (row / queries / heads * bItem + row % queries * bQuery) * bytes);
                    if (isBFloat16)
                        Row<BFloat16Format>((byte*)s + at, added, powers, (byte*)to + at, keys);
                    else
                        Row<Float32Format>((byte*)s + at, added, powers, (byte*)to + at, keys);
                }
            }

            ArrayPool<float>.Shared.Return(rented);
        });
    }

    /// <summary>Computes the gradient of the scores.</summary>
    /// <param name="gradient">The gradient of the weights, like <paramref name="weights"/>.</param>
    /// <param name="weights">From <see cref="Apply"/>.</param>
    /// <param name="result">Like <paramref name="weights"/>, written.</param>
    public static void Gradient(Tensor gradient, Tensor weights, Tensor result)
    {
        int keys = (int)weights.size(3);
        bool isBFloat16 = weights.dtype == torch.ScalarType.BFloat16;
        int bytes = isBFloat16 ? sizeof(ushort) : sizeof(float);
        nint g = TensorAddress.Of(gradient), w = TensorAddress.Of(weights), to = TensorAddress.Of(result);
        ForRows(weights, (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                nint at = (nint)row * keys * bytes;
                if (isBFloat16)
                    GradientRow<BFloat16Format>((byte*)g + at, (byte*)w + at, (byte*)to + at, keys);
                else
                    GradientRow<Float32Format>((byte*)g + at, (byte*)w + at, (byte*)to + at, keys);
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row<TFormat>(byte* scores, byte* bias, float* powers, byte* to, int keys)
        where TFormat : struct, IWritableFormat
    {
        int end = keys, rest = keys % Lanes;
        Vector256<float> hidden = Vector256.Create(Hidden);
        while (end >= Lanes && Vector256.LessThanAll(Vector256.Max(TFormat.Eight(bias, end - 16), TFormat.Eight(bias, end - 8)), hidden))
            end -= Lanes;
        if (end == rest && IsHidden<TFormat>(bias, rest))
            end = keys;

        int at = 0;
        for (; at <= end - 8; at += 8)
            (TFormat.Eight(scores, at) + TFormat.Eight(bias, at)).Store(powers + at);
        for (; at < end; at++)
            powers[at] = TFormat.One(scores, at) + TFormat.One(bias, at);
        float each = 1 / RowFunctions.Exponentials(powers, end);
        for (at = 0; at <= end - Lanes; at += Lanes)
            TFormat.WriteSixteen(to, at, Vector256.Load(powers + at) * each, Vector256.Load(powers + at + 8) * each);
        for (; at < end; at++)
            TFormat.WriteOne(to, at, powers[at] * each);
        NativeMemory.Clear(to + (nint)end * TFormat.Size, (nuint)((keys - end) * TFormat.Size));
    }

    private static bool IsHidden<TFormat>(byte* bias, int count)
        where TFormat : struct, INumberFormat
    {
        int at = 0;
        while (at < count && TFormat.One(bias, at) < Hidden)
            at++;
        return at == count;
    }

    // w·(g − Σ g·w)
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GradientRow<TFormat>(byte* g, byte* w, byte* to, int keys)
        where TFormat : struct, IWritableFormat
    {
        int end = keys;
        while (end >= Lanes && Vector256.EqualsAll(TFormat.Eight(w, end - 16) + TFormat.Eight(w, end - 8), Vector256<float>.Zero))
            end -= Lanes;

        Vector256<float> a = Vector256<float>.Zero, b = a;
        int at = 0;
        for (; at <= end - Lanes; at += Lanes)
        {
            a += TFormat.Eight(g, at) * TFormat.Eight(w, at);
            b += TFormat.Eight(g, at + 8) * TFormat.Eight(w, at + 8);
        }

        float sum = Vector256.Sum(a + b);
        for (; at < end; at++)
            sum += TFormat.One(g, at) * TFormat.One(w, at);
        Vector256<float> mean = Vector256.Create(sum);
        for (at = 0; at <= end - Lanes; at += Lanes)
        {
            TFormat.WriteSixteen(
                to, at, TFormat.Eight(w, at) * (TFormat.Eight(g, at) - mean), TFormat.Eight(w, at + 8) * (TFormat.Eight(g, at + 8) - mean));
        }

        for (; at < end; at++)
            TFormat.WriteOne(to, at, TFormat.One(w, at) * (TFormat.One(g, at) - sum));
        NativeMemory.Clear(to + (nint)end * TFormat.Size, (nuint)((keys - end) * TFormat.Size));
    }

    private static void ForRows(Tensor scores, Action<int, int> rows)
    {
        int keys = (int)scores.size(3);
        WorkSharing.DoRanges(torch.get_num_threads(), (int)(scores.numel() / keys), Math.Max(1, NumbersOfPart / keys), rows);
    }
}
