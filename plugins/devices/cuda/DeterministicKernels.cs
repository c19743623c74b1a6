using System.Runtime.InteropServices;

namespace Tenon.Cuda;

/// <summary>
/// torch's choice of kernels that give the same bits each time (what PyTorch calls <c>use_deterministic_algorithms</c>), which
/// TorchSharp 0.107 declares and does not implement. Operations that have no such kernel then fail with torch's own message.
/// </summary>
internal static unsafe class DeterministicKernels
{
    /// <summary>Turns the choice on or off for the whole process. Call it when torch is loaded and before it uses a GPU.</summary>
    /// <param name="wanted">Whether to take such kernels alone.</param>
    /// <returns>Whether results will repeat.</returns>
    public static bool Set(bool wanted)
    {
        // C++ symbols have these names with GCC and Clang on Linux.
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
        // No code here reads memory that it has not written.
        ((delegate* unmanaged<IntPtr, byte, void>)fill)(global, 0);
        return wanted;
    }

    // cuBLAS repeats its results only in a workspace of a size fixed beforehand (its documentation, "Results Reproducibility").
    // Through the C library: .NET's own environment is a copy, which native code does not see. A value that is there stays.
    private static bool SetWorkspace()
    {
        if (!NativeLibrary.TryLoad("libc.so.6", out IntPtr libc) || !NativeLibrary.TryGetExport(libc, "setenv", out IntPtr set))
            return false;
        fixed (byte* name = "CUBLAS_WORKSPACE_CONFIG"u8, value = ":4096:8"u8)
            return ((delegate* unmanaged<byte*, byte*, int, int>)set)(name, value, 0) == 0;
    }
}
