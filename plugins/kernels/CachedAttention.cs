using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tenon.Kernels;

/// <summary>
/// Attention of one new token a sequence to itself and to those in a cache, on the processor: what each generated token
/// asks of each layer. In torch it is a dozen calls, one of which wakes all threads for sums that take less time than that.
/// Each head's numbers are the same, whatever the number of threads.
/// </summary>
/// <param name="QueryKeyValue">float32 [B, 3·H·D]: query, key and value of the new tokens.</param>
/// <param name="Keys">float32 [B, H, slots, D]: keys of the cache; each new one is written after those of its row.</param>
/// <param name="Values">The same for values.</param>
/// <param name="Result">float32 [B, H·D], written.</param>
/// <param name="Heads">H.</param>
/// <param name="Size">D, a multiple of <see cref="Lanes"/>.</param>
/// <param name="Slots">Slots of the cache.</param>
/// <param name="Lead">Slots in use at the start of every row.</param>
/// <param name="Lengths">Slots in use after those in each of the B rows, before the new tokens.</param>
/// <param name="Scale">Multiplies the scores.</param>
internal sealed unsafe record CachedAttention(
    nint QueryKeyValue, nint Keys, nint Values, nint Result, int Heads, int Size, int Slots, int Lead, int[] Lengths, float Scale)
{
    // Of keys and values; they are read from memory like the weights in between.
    private const int BytesOfPart = 1 << 16;

    /// <summary>Numbers that are handled at a time.</summary>
    public static int Lanes => Vector256<float>.Count;

    /// <summary>Works it out.</summary>
    /// <param name="threads">Threads at work at most.</param>
    public void Run(int threads)
    {
        int longest = 0;
        foreach (int length in Lengths)
            longest = Math.Max(longest, length);
        int bytesOfHead = 2 * (Lead + longest + 1) * Size * sizeof(float);
        int headsOfPart = Math.Max(1, BytesOfPart / bytesOfHead);
        int all = Lengths.Length * Heads;
        WorkSharing.Do(threads, (all + headsOfPart - 1) / headsOfPart, part =>
        {
            for (int head = part * headsOfPart; head < Math.Min(all, (part + 1) * headsOfPart); head++)
                Head(head / Heads, head % Heads);
        });
    }

    private void Head(int row, int head)
    {
        nint hidden = (nint)Heads * Size;
        float* query = (float*)QueryKeyValue + row * 3 * hidden + (nint)head * Size;
        nint start = ((nint)row * Heads + head) * Slots * Size;
        float* keys = (float*)Keys + start, values = (float*)Values + start;
        nint bytes = (nint)Size * sizeof(float);
        int held = Lead + Lengths[row];
        Buffer.MemoryCopy(query + hidden, keys + (nint)held * Size, bytes, bytes);
        Buffer.MemoryCopy(query + 2 * hidden, values + (nint)held * Size, bytes, bytes);

        int count = held + 1;
        float[] rented = ArrayPool<float>.Shared.Rent(count);
        fixed (float* weights = rented)
        {
            Scores(query, keys, weights, count);
            float total = Exponentials(weights, count);
            float* result = (float*)Result + row * hidden + (nint)head * Size;
            int lane = 0;
            for (; lane <= Size - 8 * Lanes; lane += 8 * Lanes)
                MixEight(weights, values + lane, count, total, result + lane);
            for (; lane < Size; lane += Lanes)
                MixOne(weights, values + lane, count, total, result + lane);
        }

        ArrayPool<float>.Shared.Return(rented);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Scores(float* query, float* keys, float* scores, int count)
    {
        for (int at = 0; at < count; at++, keys += Size)
        {
            Vector256<float> sum = Vector256<float>.Zero;
            for (int lane = 0; lane < Size; lane += Lanes)
                sum = Vector256.MultiplyAddEstimate(Vector256.Load(query + lane), Vector256.Load(keys + lane), sum);
            scores[at] = Vector256.Sum(sum) * Scale;
        }
    }

    // exp(x − largest x) in place, and the sum of them.
    private static float Exponentials(float* x, int count)
    {
        float largest = float.NegativeInfinity;
        for (int i = 0; i < count; i++)
            largest = Math.Max(largest, x[i]);
        Vector256<float> sums = Vector256<float>.Zero;
        int at = 0;
        for (; at <= count - Lanes; at += Lanes)
        {
            Vector256<float> power = RowFunctions.Exp(Vector256.Load(x + at) - Vector256.Create(largest));
            power.Store(x + at);
            sums += power;
        }

        float sum = Vector256.Sum(sums);
        for (; at < count; at++)
            sum += x[at] = MathF.Exp(x[at] - largest);
        return sum;
    }

    // Eight vectors of all values, weighted: each line of memory is read once.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MixEight(float* weights, float* values, int count, float total, float* result)
    {
        Vector256<float> a = Vector256<float>.Zero, b = a, c = a, d = a, e = a, f = a, g = a, h = a;
        for (int at = 0; at < count; at++, values += Size)
        {
            Vector256<float> weight = Vector256.Create(weights[at]);
            a = Vector256.MultiplyAddEstimate(weight, Vector256.Load(values), a);
            b = Vector256.MultiplyAddEstimate(weight, Vector256.Load(values + 8), b);
            c = Vector256.MultiplyAddEstimate(weight, Vector256.Load(values + 16), c);
            d = Vector256.MultiplyAddEstimate(weight, Vector256.Load(values + 24), d);
            e = Vector256.MultiplyAddEstimate(weight, Vector256.Load(values + 32), e);
            f = Vector256.MultiplyAddEstimate(weight, Vector256.Load(values + 40), f);
            g = Vector256.MultiplyAddEstimate(weight, Vector256.Load(values + 48), g);
            h = Vector256.MultiplyAddEstimate(weight, Vector256.Load(values + 56), h);
        }

        (a / total).Store(result);
        (b / total).Store(result + 8);
        (c / total).Store(result + 16);
        (d / total).Store(result + 24);
        (e / total).Store(result + 32);
        (f / total).Store(result + 40);
        (g / total).Store(result + 48);
        (h / total).Store(result + 56);
    }

    private void MixOne(float* weights, float* values, int count, float total, float* result)
    {
        Vector256<float> sum = Vector256<float>.Zero;
        for (int at = 0; at < count; at++, values += Size)
            sum = Vector256.MultiplyAddEstimate(Vector256.Create(weights[at]), Vector256.Load(values), sum);
        (sum / total).Store(result);
    }
}
