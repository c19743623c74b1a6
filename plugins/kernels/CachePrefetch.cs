using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Tenon.Kernels;

/// <summary>Prefetches values that are needed soon and only once.</summary>
internal static unsafe class CachePrefetch
{
    /// <summary>Bytes of a cache line.</summary>
    public const int BytesOfCacheLine = 64;

    // The maker's name in the answer to the first question of CPUID: GenuineIntel begins with these letters.
    private const int Genu = 0x756E6547;

    // Measured on Zen 5 and Emerald Rapids. AMD's CPUs read fastest past the outer caches. Intel's have few buffers of the inner
    // cache, which a line occupies until it has come from memory, unless it is fetched for the outer caches only.
    private static readonly bool _isForOuterCaches = X86Base.IsSupported && X86Base.CpuId(0, 0).Ebx == Genu;

    /// <summary>Prefetches a cache line. An address beyond the end of the data is harmless, because nothing is read.</summary>
    /// <param name="address">Any address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(byte* address)
    {
        if (!Sse.IsSupported)
            return;
        if (_isForOuterCaches)
            Sse.Prefetch2(address);
        else
            Sse.PrefetchNonTemporal(address);
    }
}
