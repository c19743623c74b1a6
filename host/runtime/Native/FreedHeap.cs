using System.Runtime.InteropServices;

namespace Tenon.Host.Native;

/// <summary>
/// Returns free pages of the C library's heap to the system. <see cref="AllocatorTuning"/> keeps them for reuse, but tensors of changing
/// shapes leave gaps that the next ones do not fit, so that the heap of a long series of batches keeps growing.
/// </summary>
internal static class FreedHeap
{
    private static readonly Trim? _trim = Find();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Trim(nuint padding);

    /// <summary>Returns all pages that contain nothing. Has no effect without glibc. Thread-safe.</summary>
    public static void Return() => _trim?.Invoke(0);

    private static Trim? Find() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out IntPtr libc)
            && NativeLibrary.TryGetExport(libc, "malloc_trim", out IntPtr address)
            ? Marshal.GetDelegateForFunctionPointer<Trim>(address)
            : null;
}
