using System.Text;

namespace Tenon;

/// <summary>
/// A reproducible stream of random numbers that can be forked by name or index, so that each consumer (data order, masking,
/// sampling) has its own numbers, which depend only on the run's seed. SplitMix64 (Steele,
/// Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014). Not thread-safe: fork one per thread. Not for
/// cryptography.
/// </summary>
/// <param name="seed">Any value; equal seeds give equal streams on every machine.</param>
public sealed class SeededRandom(ulong seed)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private ulong _state = seed;

    /// <summary>The seed of this stream. Drawing numbers does not change it.</summary>
    public ulong Seed { get; } = seed;

    /// <summary>Returns a stream that depends only on this stream's seed and the name, not on how many numbers were drawn.</summary>
    /// <param name="name">The purpose of the stream.</param>
    public SeededRandom Fork(string name)
    {
        ArgumentNullException.ThrowIfNull(name);

        // FNV-1a: string.GetHashCode differs between processes.
        ulong hash = 14695981039346656037;
        foreach (byte b in Encoding.UTF8.GetBytes(name))
            hash = (hash ^ b) * 1099511628211;
        return new SeededRandom(Mix(Seed ^ Mix(hash)));
    }

    /// <summary>Returns a stream that depends only on this stream's seed and the index.</summary>
    /// <param name="index">A step, an example's position, a worker.</param>
    public SeededRandom Fork(long index) => new(Mix(Seed + Golden * unchecked((ulong)index + 1)));

    /// <summary>Returns the next 64 uniformly random bits.</summary>
    public ulong NextUInt64() => Mix(_state += Golden);

    /// <summary>Returns a uniform number in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Returns a uniform integer in [0, <paramref name="bound"/>), without modulo bias.</summary>
    /// <param name="bound">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is below 1.</exception>
    public long Next(long bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        ulong range = (ulong)bound;
        ulong threshold = unchecked(0UL - range) % range;
        ulong bits;
        do
            bits = NextUInt64();
        while (bits < threshold);
        return (long)(bits % range);
    }

    /// <summary>Returns a standard normal number (Box and Muller, 1958).</summary>
    public double NextNormal() =>
        Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>Shuffles the items; each order is equally likely (Fisher and Yates).</summary>
    /// <typeparam name="T">Any type.</typeparam>
    /// <param name="items">Permuted in place.</param>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = (int)Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
