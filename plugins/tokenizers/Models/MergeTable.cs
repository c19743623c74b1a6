namespace Tenon.Tokenizers.Models;

/// <summary>The pairs of ids that merge, with their rank and merged id. Open addressing with linear probing.</summary>
internal sealed class MergeTable
{
    private readonly ulong[] _pairs;
    private readonly ulong[] _merges;
    private readonly int _mask;

    /// <summary>Fills the table.</summary>
    /// <param name="merges">
    /// Pairs and merged ids, in the order of their ranks. If a pair occurs more than once, the last one counts.
    /// </param>
    public MergeTable(IReadOnlyList<(int Left, int Right, int Merged)> merges)
    {
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, merges.Count * 2));
        (_pairs, _merges, _mask) = (new ulong[size], new ulong[size], size - 1);
        // No pair of non-negative ids has this key.
        Array.Fill(_pairs, ulong.MaxValue);
        foreach (var (rank, (left, right, merged)) in merges.Index())
        {
            var at = Slot(left, right);
            (_pairs[at], _merges[at]) = (Key(left, right), ((ulong)rank << 32) | (uint)merged);
        }
    }

    /// <summary>Whether no pair merges.</summary>
    public const ulong None = ulong.MaxValue;

    /// <summary>The rank of a pair in the upper half and its merged id in the lower, or <see cref="None"/>.</summary>
    public ulong Find(int left, int right)
    {
        var at = Slot(left, right);
        return _pairs[at] == ulong.MaxValue ? None : _merges[at];
    }

    private int Slot(int left, int right)
    {
        var key = Key(left, right);
        var at = (int)((key * 0x9E3779B97F4A7C15) >> 32) & _mask;
        while (_pairs[at] != key && _pairs[at] != ulong.MaxValue)
            at = (at + 1) & _mask;
        return at;
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;
}
