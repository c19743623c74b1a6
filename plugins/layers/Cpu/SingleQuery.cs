using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tenon.Layers.Cpu;

/// <summary>
/// Attention of one query a head to all keys, on the processor: what each generated token asks for. torch's kernel wakes
/// all threads for it, which takes longer than the sums themselves.
/// </summary>
internal static unsafe class SingleQuery
{
    private static readonly int Lanes = Vector256<float>.Count;

    /// <summary>Whether attention of these operands is one of a single query, without gradients, in float32 on the processor.</summary>
    /// <param name="query">[B, H, Tq, D].</param>
    /// <param name="key">[B, H, Tk, D].</param>
    /// <param name="value">[B, H, Tk, D].</param>
    /// <param name="mask">Added to the scores, or null.</param>
    public static bool Takes(Tensor query, Tensor key, Tensor value, Tensor? mask) =>
        query.size(2) == 1 && !torch.is_grad_enabled() && query.device_type == DeviceType.CPU
        && query.dtype == torch.ScalarType.Float32 && key.dtype == torch.ScalarType.Float32 && value.dtype == torch.ScalarType.Float32
        && query.size(3) % Lanes == 0 && query.stride(3) == 1 && key.stride(3) == 1 && value.stride(3) == 1
        && (mask is null || (mask.dtype == torch.ScalarType.Float32 && mask.is_contiguous() && Rows(mask, key) is { } rows && (rows == 1 || rows == query.size(0))));

    /// <summary>softmax(scale·q·Kᵀ + mask)·V.</summary>
    /// <param name="query">[B, H, 1, D].</param>
    /// <param name="key">[B, H, Tk, D], a view with other strides also, as the two others.</param>
    /// <param name="value">[B, H, Tk, D].</param>
    /// <param name="mask">[1, Tk], [1, 1, 1, Tk] or [B, 1, 1, Tk]; or null.</param>
    /// <param name="scale">Multiplies the scores.</param>
    /// <returns>[B, H, 1, D] in the current dispose scope.</returns>
    public static Tensor Apply(Tensor query, Tensor key, Tensor value, Tensor? mask, float scale)
    {
        int batch = (int)query.size(0), heads = (int)query.size(1), size = (int)query.size(3), keys = (int)key.size(2);
        Tensor result = torch.empty([batch, heads, 1, size], torch.ScalarType.Float32);
        nint q = TensorAddress.OfView(query), k = TensorAddress.OfView(key), v = TensorAddress.OfView(value), to = TensorAddress.Of(result);
        nint added = mask is null ? 0 : TensorAddress.Of(mask);
        nint addedStep = mask is not null && Rows(mask, key) > 1 ? keys : 0;
        (nint Row, nint Head, nint Position) qSteps = Steps(query), kSteps = Steps(key), vSteps = Steps(value);
        SharedWork.Do(torch.get_num_threads(), batch * heads, part =>
        {
            int row = part / heads, head = part % heads;
            Head(
                (float*)q + row * qSteps.Row + head * qSteps.Head,
                (float*)k + row * kSteps.Row + head * kSteps.Head, kSteps.Position,
                (float*)v + row * vSteps.Row + head * vSteps.Head, vSteps.Position,
                added == 0 ? null : (float*)added + row * addedStep,
                (float*)to + (nint)part * size, keys, size, scale);
        });
        return result;
    }

    private static long? Rows(Tensor mask, Tensor key) => mask.numel() % key.size(2) == 0 && mask.size(-1) == key.size(2) ? mask.numel() / key.size(2) : null;

    private static (nint Row, nint Head, nint Position) Steps(Tensor tensor) => ((nint)tensor.stride(0), (nint)tensor.stride(1), (nint)tensor.stride(2));

    private static void Head(float* q, float* k, nint kStep, float* v, nint vStep, float* mask, float* to, int keys, int size, float scale)
    {
        float[] rented = ArrayPool<float>.Shared.Rent(keys);
        fixed (float* weights = rented)
        {
            float largest = float.NegativeInfinity;
            for (int at = 0; at < keys; at++)
            {
                float score = Dot(q, k + at * kStep, size) * scale + (mask is null ? 0 : mask[at]);
                weights[at] = score;
                largest = Math.Max(largest, score);
            }

            float total = Exponentials(weights, keys, largest);
            for (int lane = 0; lane < size; lane += Lanes)
                (Mix(weights, v + lane, vStep, keys) / total).Store(to + lane);
        }

        ArrayPool<float>.Shared.Return(rented);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot(float* a, float* b, int size)
    {
        Vector256<float> sum = Vector256<float>.Zero;
        for (int lane = 0; lane < size; lane += Lanes)
            sum = Vector256.MultiplyAddEstimate(Vector256.Load(a + lane), Vector256.Load(b + lane), sum);
        return Vector256.Sum(sum);
    }

    // exp(x − largest) in place, and the sum of them.
    private static float Exponentials(float* x, int count, float largest)
    {
        Vector256<float> sums = Vector256<float>.Zero;
        int at = 0;
        for (; at <= count - Lanes; at += Lanes)
        {
            Vector256<float> power = Vector256.Exp(Vector256.Load(x + at) - Vector256.Create(largest));
            power.Store(x + at);
            sums += power;
        }

        float sum = Vector256.Sum(sums);
        for (; at < count; at++)
            sum += x[at] = MathF.Exp(x[at] - largest);
        return sum;
    }

    // Eight numbers of the values of all keys, weighted; four sums, because each addition waits for the one before it.
    private static Vector256<float> Mix(float* weights, float* v, nint step, int keys)
    {
        Vector256<float> a = Vector256<float>.Zero, b = a, c = a, d = a;
        int at = 0;
        for (; at <= keys - 4; at += 4)
        {
            float* from = v + at * step;
            a = Vector256.MultiplyAddEstimate(Vector256.Create(weights[at]), Vector256.Load(from), a);
            b = Vector256.MultiplyAddEstimate(Vector256.Create(weights[at + 1]), Vector256.Load(from + step), b);
            c = Vector256.MultiplyAddEstimate(Vector256.Create(weights[at + 2]), Vector256.Load(from + 2 * step), c);
            d = Vector256.MultiplyAddEstimate(Vector256.Create(weights[at + 3]), Vector256.Load(from + 3 * step), d);
        }

        for (; at < keys; at++)
            a = Vector256.MultiplyAddEstimate(Vector256.Create(weights[at]), Vector256.Load(v + at * step), a);
        return a + b + (c + d);
    }
}
