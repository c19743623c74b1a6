using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tenon.Kernels;

/// <summary>
/// Attention of one new token per sequence to itself and to the tokens in a cache, on the CPU: a layer's attention for a
/// generated token. In torch it takes a dozen calls, one of which wakes all threads for sums that take less time than waking
/// them.
/// With fewer key/value heads than query heads, each key/value head serves consecutive query heads. The result of a head
/// does not depend on the number of threads.
/// </summary>
/// <param name="Query">
/// Address of the new tokens' queries, float32: row b starts at b·<see cref="QueryStride"/> and has Hq·D numbers.
/// </param>
/// <param name="Key">Address of the new tokens' keys: row b starts at b·<see cref="KeyStride"/> and has H·D numbers.</param>
/// <param name="Value">Address of the new tokens' values, in the same layout as the keys.</param>
/// <param name="Keys">float32 [B, H, slots, D]: keys of the cache; each new key is written after the existing keys of its row.</param>
/// <param name="Values">float32 [B, H, slots, D]: values of the cache, written like the keys.</param>
/// <param name="Result">float32 [B, Hq·D], written.</param>
internal sealed unsafe record CachedAttention(nint Query, nint Key, nint Value, nint Keys, nint Values, nint Result)
{
    // Bytes of keys and values in a part.
    private const int BytesOfPart = 1 << 16;

    /// <summary>Values that are processed at a time.</summary>
    public static int Lanes => Vector256<float>.Count;

    /// <summary>Query heads, Hq, a multiple of H.</summary>
    public required int QueryHeads { get; init; }

    /// <summary>Key/value heads, H.</summary>
    public required int Heads { get; init; }

    /// <summary>D, a multiple of <see cref="Lanes"/>.</summary>
    public required int Size { get; init; }

    /// <summary>Number of values from one row of queries to the next.</summary>
    public required int QueryStride { get; init; }

    /// <summary>Number of values from one row of keys to the next; the same for rows of values.</summary>
    public required int KeyStride { get; init; }

    /// <summary>Slots of each row of the cache.</summary>
    public required int Slots { get; init; }

    /// <summary>Slots in use at the start of every row.</summary>
    public required int PrefixLength { get; init; }

    /// <summary>Further slots in use in each of the B rows, before the new tokens.</summary>
    public required int[] Lengths { get; init; }

    /// <summary>Scale of the attention scores.</summary>
    public required float Scale { get; init; }

    /// <summary>Maximum number of keys that a token attends to, including itself. Default: all.</summary>
    public int Window { get; init; } = int.MaxValue;

    /// <summary>Stores the new keys and values, and writes the result.</summary>
    /// <param name="threads">Maximum number of threads.</param>
    public void Run(int threads)
    {
        int longest = 0;
        foreach (int length in Lengths)
            longest = Math.Max(longest, length);
        int bytesOfHead = 2 * Math.Min(Window, PrefixLength + longest + 1) * Size * sizeof(float);
        int headsOfPart = Math.Max(1, BytesOfPart / bytesOfHead);
        int all = Lengths.Length * Heads;
        WorkSharing.DoRanges(threads, all, headsOfPart, (first, end) =>
        {
            for (int head = first; head < end; head++)
                Head(head / Heads, head % Heads);
        });
    }

    // A key/value head with the query heads that it serves.
    private void Head(int row, int head)
    {
        nint start = ((nint)row * Heads + head) * Slots * Size;
        float* keys = (float*)Keys + start, values = (float*)Values + start;
        nint bytes = (nint)Size * sizeof(float), from = (nint)row * KeyStride + (nint)head * Size;
        int held = PrefixLength + Lengths[row];
        Buffer.MemoryCopy((float*)Key + from, keys + (nint)held * Size, bytes, bytes);
        Buffer.MemoryCopy((float*)Value + from, values + (nint)held * Size, bytes, bytes);

        int count = Math.Min(Window, held + 1);
        keys += (nint)(held + 1 - count) * Size;
        values += (nint)(held + 1 - count) * Size;
        int group = QueryHeads / Heads;
        float[] rented = ArrayPool<float>.Shared.Rent(count);
        fixed (float* weights = rented)
        {
            for (int queryHead = head * group; queryHead < (head + 1) * group; queryHead++)
            {
                float* query = (float*)Query + (nint)row * QueryStride + (nint)queryHead * Size;
                float* result = (float*)Result + ((nint)row * QueryHeads + queryHead) * Size;
                Attend(query, keys, values, weights, count, result);
            }
        }

        ArrayPool<float>.Shared.Return(rented);
    }

    private void Attend(float* query, float* keys, float* values, float* weights, int count, float* result)
    {
        Scores(query, keys, weights, count);
        float total = RowFunctions.Exponentials(weights, count);
        int lane = 0;
        for (; lane <= Size - 8 * Lanes; lane += 8 * Lanes)
            MixEight(weights, values + lane, count, total, result + lane);
        for (; lane < Size; lane += Lanes)
            MixOne(weights, values + lane, count, total, result + lane);
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

    // Weighted sum of eight vectors of every value, so that each cache line is read once.
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
