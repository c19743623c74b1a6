using System.Runtime.InteropServices;

namespace Tenon.Cuda;

/// <summary>
/// Switches torch to deterministic kernels (PyTorch's <c>use_deterministic_algorithms</c>, which TorchSharp 0.107 declares but
/// does not implement). Operations without a deterministic kernel then fail with torch's own message.
/// </summary>
internal static unsafe class DeterministicKernels
{
    /// <summary>Turns deterministic kernels on or off process-wide. Call this after torch is loaded and before it uses a GPU.</summary>
    /// <param name="wanted">Whether to use only deterministic kernels.</param>
    /// <returns>Whether results will repeat bit for bit.</returns>
    public static bool Set(bool wanted)
    {
        // The names that GCC and Clang on Linux give these C++ symbols.
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libtorch_cpu.so", out IntPtr torch)
            || !NativeLibrary.TryGetExport(torch, "_ZN2at13globalContextEv", out IntPtr context)
            || !NativeLibrary.TryGetExport(torch, "_ZN2at7Context26setDeterministicAlgorithmsEbb", out IntPtr algorithms)
            || !NativeLibrary.TryGetExport(torch, "_ZN2at7Context21setDeterministicCuDNNEb", out IntPtr cuDnn)
            || !NativeLibrary.TryGetExport(torch, "_ZN2at7Context39setDeterministicFillUninitializedMemoryEb", out IntPtr fill)
            || (wanted && !SetWorkspace()))
        {
            return false;
        }

        IntPtr global = ((delegate* unmanaged<IntPtr>)context)();
        ((delegate* unmanaged<IntPtr, byte, byte, void>)algorithms)(global, wanted ? (byte)1 : (byte)0, 0);
        ((delegate* unmanaged<IntPtr, byte, void>)cuDnn)(global, wanted ? (byte)1 : (byte)0);
        // Filling uninitialized memory is unnecessary: no code here reads memory that it has not written.
        ((delegate* unmanaged<IntPtr, byte, void>)fill)(global, 0);
        return wanted;
    }

    // cuBLAS is deterministic only with a workspace of fixed size (its documentation, "Results Reproducibility").
    // Set through the C library: native code does not see .NET's copy of the environment. An existing value is kept.
    private static bool SetWorkspace()
    {
        if (!NativeLibrary.TryLoad("libc.so.6", out IntPtr libc) || !NativeLibrary.TryGetExport(libc, "setenv", out IntPtr set))
            return false;
        fixed (byte* name = "CUBLAS_WORKSPACE_CONFIG"u8, value = ":4096:8"u8)
            return ((delegate* unmanaged<byte*, byte*, int, int>)set)(name, value, 0) == 0;
    }
}
