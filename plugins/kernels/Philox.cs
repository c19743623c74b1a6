using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tenon.Kernels;

/// <summary>
/// Philox 4×32 with 10 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3): a key and a
/// counter give 128 random bits, so any part of a stream can be computed independently.
/// </summary>
internal static class Philox
{
    /// <summary>Number of counters that are computed at a time.</summary>
    public const int Lanes = 8;

    private const int Rounds = 10;
    private const ulong Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;

    /// <summary>Computes the bits of eight consecutive counters.</summary>
    /// <param name="key">The stream.</param>
    /// <param name="counter">The first counter; the upper 64 bits of each counter are 0.</param>
    /// <returns>Four words of each counter: 32 bits in each 64-bit lane.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<ulong> Word0, Vector512<ulong> Word1, Vector512<ulong> Word2, Vector512<ulong> Word3) Next(
        ulong key, ulong counter)
    {
        Vector512<ulong> low = Vector512.Create((ulong)uint.MaxValue);
        Vector512<ulong> counters = Vector512.Create(counter) + Vector512.Create(0UL, 1, 2, 3, 4, 5, 6, 7);
        Vector512<ulong> x0 = counters & low, x1 = counters >> 32, x2 = Vector512<ulong>.Zero, x3 = Vector512<ulong>.Zero;
        uint key0 = (uint)key, key1 = (uint)(key >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            Vector512<ulong> product0 = x0 * Multiplier0, product1 = x2 * Multiplier1;
            x0 = (product1 >> 32) ^ x1 ^ Vector512.Create((ulong)key0);
            x1 = product1 & low;
            x2 = (product0 >> 32) ^ x3 ^ Vector512.Create((ulong)key1);
            x3 = product0 & low;
            key0 += Weyl0;
            key1 += Weyl1;
        }

        return (x0, x1, x2, x3);
    }
}
