using System.Collections.Concurrent;

namespace Tenon.Tokenizers.Models;

/// <summary>Encodes pieces of text. Thread-safe.</summary>
/// <remarks>
/// Words repeat in texts, so the ids of short pieces are cached. The number of entries is bounded; the first pieces stay, because
/// in text they are the frequent ones.
/// </remarks>
internal abstract class SubwordModel
{
    private const int MaxCachedLength = 48;
    private const int MaxCachedPieces = 1 << 16;
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _kept =
        new ConcurrentDictionary<string, int[]>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    private int _count;

    /// <summary>Appends the ids of a piece.</summary>
    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (piece.Length > MaxCachedLength)
        {
            EncodeNew(piece, ids);
            return;
        }

        if (_kept.TryGetValue(piece, out var known))
        {
            ids.AddRange(known.AsSpan());
            return;
        }

        var start = ids.Count;
        EncodeNew(piece, ids);
        if (Volatile.Read(ref _count) < MaxCachedPieces && _kept.TryAdd(piece, [.. ids[start..]]))
            Interlocked.Increment(ref _count);
    }

    /// <summary>Appends the ids of a piece of any length.</summary>
    protected abstract void EncodeNew(ReadOnlySpan<char> piece, List<int> ids);
}
