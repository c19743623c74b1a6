using System.Buffers;

namespace Tenon.Tokenizers.Models;

/// <summary>
/// Merges the symbols of a piece: always the pair with the lowest rank, the leftmost of equals, until none merges (Sennrich et
/// al. 2016).
/// </summary>
internal static class PairMerging
{
    // For shorter pieces, searching all pairs again after each merge is faster than a heap.
    private const int Short = 96;

    /// <summary>Merges.</summary>
    /// <param name="symbols">The initial ids; overwritten.</param>
    /// <param name="table">The merges.</param>
    /// <param name="ids">Receives the merged ids.</param>
    public static void Merge(Span<int> symbols, MergeTable table, List<int> ids)
    {
        if (symbols.Length > Short)
            MergeLong(symbols, table, ids);
        else
            MergeShort(symbols, table, ids);
    }

    private static void MergeShort(Span<int> symbols, MergeTable table, List<int> ids)
    {
        Span<ulong> merges = stackalloc ulong[Short];
        var count = symbols.Length;
        for (var i = 0; i + 1 < count; i++)
            merges[i] = table.Find(symbols[i], symbols[i + 1]);
        while (count > 1)
        {
            var best = MergeTable.None;
            var at = -1;
            for (var i = 0; i + 1 < count; i++)
            {
                if (merges[i] < best)
                    (best, at) = (merges[i], i);
            }

            if (at < 0)
                break;
            symbols[at] = (int)(uint)best;
            symbols[(at + 2)..count].CopyTo(symbols[(at + 1)..]);
            if (at + 2 < count)
                merges[(at + 2)..count].CopyTo(merges[(at + 1)..]);
            count--;
            if (at > 0)
                merges[at - 1] = table.Find(symbols[at - 1], symbols[at]);
            if (at + 1 < count)
                merges[at] = table.Find(symbols[at], symbols[at + 1]);
        }

        foreach (var symbol in symbols[..count])
            ids.Add(symbol);
    }

    // A linked list of symbols and a heap of pairs, so that a word of any length takes n log n.
    private static void MergeLong(Span<int> symbols, MergeTable table, List<int> ids)
    {
        var length = symbols.Length;
        var links = ArrayPool<int>.Shared.Rent(2 * length);
        try
        {
            Span<int> previous = links.AsSpan(0, length), next = links.AsSpan(length, length);
            var heap = new PriorityQueue<ulong, (uint Rank, int At)>(length);
            for (var i = 0; i < length; i++)
            {
                (previous[i], next[i]) = (i - 1, i + 1);
                Push(i, symbols, next);
            }

            while (heap.TryDequeue(out var merge, out var priority))
            {
                var at = priority.At;
                // Symbols change after their pair was queued.
                if (symbols[at] < 0 || next[at] == length || table.Find(symbols[at], symbols[next[at]]) != merge)
                    continue;
                var right = next[at];
                symbols[at] = (int)(uint)merge;
                symbols[right] = -1;
                next[at] = next[right];
                if (next[at] < length)
                    previous[next[at]] = at;
                Push(at, symbols, next);
                if (previous[at] >= 0)
                    Push(previous[at], symbols, next);
            }

            for (var i = 0; i < length; i = next[i])
                ids.Add(symbols[i]);

            void Push(int at, Span<int> symbols, Span<int> next)
            {
                if (next[at] < length && table.Find(symbols[at], symbols[next[at]]) is not MergeTable.None and var merge)
                    heap.Enqueue(merge, ((uint)(merge >> 32), at));
            }
        }
        finally
        {
            ArrayPool<int>.Shared.Return(links);
        }
    }
}
