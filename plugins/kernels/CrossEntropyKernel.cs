using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tenon.Kernels;

/// <summary>
/// Cross-entropy of rows of logits on the CPU, with its gradient computed in place. Each row is read from memory once; torch's
/// functions would read all rows eight times. The result of a row does not depend on the number of threads.
/// </summary>
internal static unsafe class CrossEntropyKernel
{
    private const int NumbersOfPart = 1 << 15;
    private static readonly int Lanes = Vector256<float>.Count;

    /// <summary>Returns whether the kernel supports the logits.</summary>
    /// <param name="logits">[N, C].</param>
    public static bool Supports(Tensor logits) =>
        TensorAddress.IsReadable(logits) && logits.is_contiguous();

    /// <summary>Adds up the losses of all rows with a label.</summary>
    /// <param name="logits">
    /// [N, C], float32 or bfloat16, contiguous. With a factor they are replaced by the gradient, (softmax − one-hot) · factor,
    /// which is 0 in rows without a label.
    /// </param>
    /// <param name="labels">int64 [N], each in [0, C) or -100.</param>
    /// <param name="factor">Multiplies the gradient, or null to leave the logits unchanged.</param>
    /// <exception cref="ModelException">A label is outside its range.</exception>
    public static double Sum(Tensor logits, Tensor labels, float? factor)
    {
        int rows = (int)logits.size(0), classes = (int)logits.size(1);
        using Tensor compact = labels.contiguous();
        nint from = TensorAddress.Of(logits), of = TensorAddress.Of(compact);
        foreach (long label in new ReadOnlySpan<long>((void*)of, rows))
        {
            if (label != BatchNames.Ignored && (label < 0 || label >= classes))
                throw new ModelException($"A label is {label}. Allowed: 0 … {classes - 1}, or {BatchNames.Ignored} for no label.");
        }

        double[] losses = new double[rows];
        int rowsOfPart = Math.Max(1, NumbersOfPart / classes);
        bool isBFloat16 = logits.dtype == torch.ScalarType.BFloat16;
        WorkSharing.DoRanges(torch.get_num_threads(), rows, rowsOfPart, (first, end) =>
        {
            float[] rented = ArrayPool<float>.Shared.Rent(classes);
            fixed (float* powers = rented)
            {
                for (int row = first; row < end; row++)
                {
                    long label = ((long*)of)[row];
                    losses[row] = isBFloat16
                        ? Row<BFloat16Format>((byte*)from + (nint)row * classes * sizeof(ushort), label, classes, powers, factor)
                        : Row<Float32Format>((byte*)from + (nint)row * classes * sizeof(float), label, classes, powers, factor);
                }
            }

            ArrayPool<float>.Shared.Return(rented);
        });
        return losses.Sum();
    }

    private static double Row<TFormat>(byte* logits, long label, int classes, float* powers, float? factor)
        where TFormat : struct, IWritableFormat
    {
        if (label == BatchNames.Ignored)
        {
            if (factor is not null)
                NativeMemory.Clear(logits, (nuint)(classes * TFormat.Size));
            return 0;
        }

        float largest = Largest<TFormat>(logits, classes);
        float sum = Powers<TFormat>(logits, classes, largest, powers);
        double loss = Math.Log(sum) + largest - TFormat.One(logits, (nint)label);
        if (factor is { } scale)
        {
            powers[label] -= sum;
            Write<TFormat>(powers, scale / sum, classes, logits);
        }

        return loss;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Largest<TFormat>(byte* logits, int classes)
        where TFormat : struct, INumberFormat
    {
        Vector256<float> a = Vector256.Create(float.NegativeInfinity), b = a, c = a, d = a;
        int at = 0;
        for (; at <= classes - 4 * Lanes; at += 4 * Lanes)
        {
            a = Vector256.MaxNative(a, TFormat.Eight(logits, at));
            b = Vector256.MaxNative(b, TFormat.Eight(logits, at + 8));
            c = Vector256.MaxNative(c, TFormat.Eight(logits, at + 16));
            d = Vector256.MaxNative(d, TFormat.Eight(logits, at + 24));
        }

        Vector256<float> all = Vector256.MaxNative(Vector256.MaxNative(a, b), Vector256.MaxNative(c, d));
        float largest = float.NegativeInfinity;
        for (int lane = 0; lane < Lanes; lane++)
            largest = Math.Max(largest, all[lane]);
        for (; at < classes; at++)
            largest = Math.Max(largest, TFormat.One(logits, at));
        return largest;
    }

    // exp(x − max x) and its sum.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Powers<TFormat>(byte* logits, int classes, float largest, float* powers)
        where TFormat : struct, INumberFormat
    {
        Vector256<float> shift = Vector256.Create(largest), a = Vector256<float>.Zero, b = a;
        int at = 0;
        for (; at <= classes - 2 * Lanes; at += 2 * Lanes)
        {
            Vector256<float> first = RowFunctions.Exp(TFormat.Eight(logits, at) - shift),
                second = RowFunctions.Exp(TFormat.Eight(logits, at + 8) - shift);
            first.Store(powers + at);
            second.Store(powers + at + 8);
            a += first;
            b += second;
        }

        float sum = Vector256.Sum(a + b);
        for (; at < classes; at++)
            sum += powers[at] = MathF.Exp(TFormat.One(logits, at) - largest);
        return sum;
    }

    // softmax · scale = power · (scale / sum)
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Write<TFormat>(float* powers, float each, int classes, byte* to)
        where TFormat : struct, IWritableFormat
    {
        int at = 0;
        for (; at <= classes - 2 * Lanes; at += 2 * Lanes)
            TFormat.WriteSixteen(to, at, Vector256.Load(powers + at) * each, Vector256.Load(powers + at + Lanes) * each);
        for (; at < classes; at++)
            TFormat.WriteOne(to, at, powers[at] * each);
    }
}
