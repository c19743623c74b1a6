using System.Runtime.InteropServices;

namespace Tenon.Mpi;

/// <summary>Environment variables as native code sees them; it does not see .NET's copy.</summary>
internal static unsafe class NativeEnvironment
{
    /// <summary>Sets a variable unless it is set. Does nothing where there is no C library of Linux.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    public static void SetDefault(string name, string value)
    {
        if (!NativeLibrary.TryLoad("libc.so.6", out nint library) || !NativeLibrary.TryGetExport(library, "setenv", out nint set))
            return;
        nint nativeName = Marshal.StringToCoTaskMemUTF8(name), nativeValue = Marshal.StringToCoTaskMemUTF8(value);
        _ = ((delegate* unmanaged<nint, nint, int, int>)set)(nativeName, nativeValue, 0);
        Marshal.FreeCoTaskMem(nativeName);
        Marshal.FreeCoTaskMem(nativeValue);
    }
}
