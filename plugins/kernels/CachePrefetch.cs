using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Tenon.Kernels;

/// <summary>Prefetches values that are needed soon and only once, past the outer caches.</summary>
internal static unsafe class CachePrefetch
{
    /// <summary>Bytes of a cache line.</summary>
    public const int BytesOfCacheLine = 64;

    /// <summary>Prefetches a cache line. An address beyond the end of the data is harmless, because nothing is read.</summary>
    /// <param name="address">Any address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(byte* address)
    {
        if (Sse.IsSupported)
            Sse.PrefetchNonTemporal(address);
    }
}
