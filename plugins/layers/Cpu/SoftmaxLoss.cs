using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tenon.Layers.Cpu;

/// <summary>
/// Cross-entropy of rows of logits on the processor, and its gradient in their place. A row is read from memory once;
/// torch's functions would go through all rows eight times. Each row's numbers are the same, whatever the number of threads.
/// </summary>
internal static unsafe class SoftmaxLoss
{
    private const int NumbersOfPart = 1 << 15;
    private static readonly int Lanes = Vector256<float>.Count;

    /// <summary>Whether the logits are of a kind that this works on.</summary>
    /// <param name="logits">[N, C].</param>
    public static bool Takes(Tensor logits) =>
        logits.device_type == DeviceType.CPU && logits.dtype is torch.ScalarType.Float32 or torch.ScalarType.BFloat16
        && logits.is_contiguous() && logits.numel() <= int.MaxValue / sizeof(float);

    /// <summary>Adds up the losses of all rows with a label.</summary>
    /// <param name="logits">
    /// [N, C], float32 or bfloat16, row after row. With a factor the gradient stands in them afterwards, (softmax − one-hot) · factor,
    /// and 0 in rows without a label.
    /// </param>
    /// <param name="labels">int64 [N], each in [0, C) or -100.</param>
    /// <param name="factor">What the gradient is multiplied with; null: the logits stay as they are.</param>
    /// <exception cref="ModelException">A label is outside its range.</exception>
    public static double Sum(Tensor logits, Tensor labels, float? factor)
    {
        int rows = (int)logits.size(0), classes = (int)logits.size(1);
        using Tensor compact = labels.contiguous();
        nint from = TensorAddress.Of(logits), of = TensorAddress.Of(compact);
        foreach (long label in new ReadOnlySpan<long>((void*)of, rows))
        {
            if (label != BatchNames.Ignored && (label < 0 || label >= classes))
                throw new ModelException($"A label is {label}; allowed is 0 … {classes - 1}, and {BatchNames.Ignored} for none.");
        }

        double[] losses = new double[rows];
        int rowsOfPart = Math.Max(1, NumbersOfPart / classes);
        bool isBFloat16 = logits.dtype == torch.ScalarType.BFloat16;
        SharedWork.Do(torch.get_num_threads(), (rows + rowsOfPart - 1) / rowsOfPart, part =>
        {
            float[] rented = ArrayPool<float>.Shared.Rent(classes);
            fixed (float* powers = rented)
            {
                for (int row = part * rowsOfPart; row < Math.Min(rows, (part + 1) * rowsOfPart); row++)
                {
                    long label = ((long*)of)[row];
                    losses[row] = isBFloat16
                        ? Row<BFloat16Reader>((byte*)from + (nint)row * classes * sizeof(ushort), label, classes, powers, factor)
                        : Row<Float32Reader>((byte*)from + (nint)row * classes * sizeof(float), label, classes, powers, factor);
                }
            }

            ArrayPool<float>.Shared.Return(rented);
        });
        return losses.Sum();
    }

    private static double Row<TReader>(byte* logits, long label, int classes, float* powers, float? factor)
        where TReader : struct, IWeightReader
    {
        if (label == BatchNames.Ignored)
        {
            if (factor is not null)
                NativeMemory.Clear(logits, (nuint)(classes * TReader.Size));
            return 0;
        }

        float largest = Largest<TReader>(logits, classes);
        float sum = Powers<TReader>(logits, classes, largest, powers);
        double loss = Math.Log(sum) + largest - TReader.One(logits, (nint)label);
        if (factor is { } scale)
        {
            // softmax · scale = power · (scale / sum)
            float each = scale / sum;
            powers[label] -= sum;
            if (TReader.Size == sizeof(float))
                WriteFloat32(powers, each, classes, (float*)logits);
            else
                WriteBFloat16(powers, each, classes, (ushort*)logits);
        }

        return loss;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Largest<TReader>(byte* logits, int classes)
        where TReader : struct, IWeightReader
    {
        Vector256<float> a = Vector256.Create(float.NegativeInfinity), b = a, c = a, d = a;
        int at = 0;
        for (; at <= classes - 4 * Lanes; at += 4 * Lanes)
        {
            a = Vector256.MaxNative(a, TReader.Eight(logits, at));
            b = Vector256.MaxNative(b, TReader.Eight(logits, at + 8));
            c = Vector256.MaxNative(c, TReader.Eight(logits, at + 16));
            d = Vector256.MaxNative(d, TReader.Eight(logits, at + 24));
        }

        Vector256<float> all = Vector256.MaxNative(Vector256.MaxNative(a, b), Vector256.MaxNative(c, d));
        float largest = float.NegativeInfinity;
        for (int lane = 0; lane < Lanes; lane++)
            largest = Math.Max(largest, all[lane]);
        for (; at < classes; at++)
            largest = Math.Max(largest, TReader.One(logits, at));
        return largest;
    }

    // exp(x − largest), and the sum of them.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Powers<TReader>(byte* logits, int classes, float largest, float* powers)
        where TReader : struct, IWeightReader
    {
        Vector256<float> shift = Vector256.Create(largest), a = Vector256<float>.Zero, b = a;
        int at = 0;
        for (; at <= classes - 2 * Lanes; at += 2 * Lanes)
        {
            Vector256<float> first = RowFunctions.Exp(TReader.Eight(logits, at) - shift), second = RowFunctions.Exp(TReader.Eight(logits, at + 8) - shift);
            first.Store(powers + at);
            second.Store(powers + at + 8);
            a += first;
            b += second;
        }

        float sum = Vector256.Sum(a + b);
        for (; at < classes; at++)
            sum += powers[at] = MathF.Exp(TReader.One(logits, at) - largest);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteFloat32(float* powers, float each, int classes, float* to)
    {
        int at = 0;
        for (; at <= classes - Lanes; at += Lanes)
            (Vector256.Load(powers + at) * each).Store(to + at);
        for (; at < classes; at++)
            to[at] = powers[at] * each;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteBFloat16(float* powers, float each, int classes, ushort* to)
    {
        int at = 0;
        for (; at <= classes - 2 * Lanes; at += 2 * Lanes)
        {
            Vector256<uint> first = Rounded(Vector256.Load(powers + at) * each), second = Rounded(Vector256.Load(powers + at + 8) * each);
            Vector256.Narrow(first, second).Store(to + at);
        }

        for (; at < classes; at++)
            to[at] = (ushort)Rounded(Vector256.Create(powers[at] * each))[0];
    }

    // The upper half of a finite float32, rounded to the nearest, to the even one of two.
    private static Vector256<uint> Rounded(Vector256<float> x)
    {
        Vector256<uint> bits = x.AsUInt32();
        return (bits + Vector256.Create(0x7FFFu) + ((bits >> 16) & Vector256<uint>.One)) >> 16;
    }
}
