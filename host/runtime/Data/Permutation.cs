using System.Numerics;

namespace Tenon.Host.Data;

/// <summary>
/// A random order of the numbers below a count, in constant memory: a Feistel network over the next power of four with cycle
/// walking (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", CT-RSA 2002).
/// It shuffles a hundred million examples without storing a list. Not for cryptography. Thread-safe.
/// </summary>
internal sealed class Permutation
{
    private const int Rounds = 6;

    private readonly ulong[] _keys = new ulong[Rounds];
    private readonly int _halfBits;
    private readonly ulong _halfMask;

    /// <summary>Creates the order.</summary>
    /// <param name="count">Number of elements, at least 1.</param>
    /// <param name="random">Its seed determines the order.</param>
    public Permutation(long count, SeededRandom random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = count;
        int bits = Math.Max(2, 64 - BitOperations.LeadingZeroCount((ulong)(count - 1)));
        _halfBits = (bits + 1) / 2;
        _halfMask = (1UL << _halfBits) - 1;
        var keys = new SeededRandom(random.Seed);
        for (int round = 0; round < Rounds; round++)
            _keys[round] = keys.NextUInt64();
    }

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    /// <summary>The number at a position of the order: each in [0, <see cref="Count"/>) occurs exactly once.</summary>
    /// <param name="index">In [0, <see cref="Count"/>).</param>
    public long this[long index]
    {
        get
        {
            if (index < 0 || index >= Count)
                throw new ArgumentOutOfRangeException(nameof(index), index, $"The permutation has {Count} numbers.");
            ulong value = (ulong)index;
            do
                value = Encrypt(value);
            while (value >= (ulong)Count);
            return (long)value;
        }
    }

    private ulong Encrypt(ulong value)
    {
        ulong left = value >> _halfBits;
        ulong right = value & _halfMask;
        foreach (ulong key in _keys)
            (left, right) = (right, left ^ (new SeededRandom(right ^ key).NextUInt64() & _halfMask));
        return (left << _halfBits) | right;
    }
}
