using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Tenon.Kernels;

/// <summary>Asks memory for numbers that are needed soon.</summary>
internal static unsafe class CachePrefetch
{
    /// <summary>Bytes that come at once.</summary>
    public const int BytesOfCacheLine = 64;

    /// <summary>Has a line of the cache brought. An address beyond the last numbers does no harm: nothing is read.</summary>
    /// <param name="address">Any address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(byte* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }
}
