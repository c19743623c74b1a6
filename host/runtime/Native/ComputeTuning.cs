using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace Tenon.Host.Native;

/// <summary>Settings of libtorch. Applying them loads it.</summary>
internal static class ComputeTuning
{
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate IntPtr GlobalContext();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void SetFloat32Precision(IntPtr context, int backend, int operation, int precision);

    /// <summary>
    /// Lets oneDNN compute float32 matrix products on the CPU, which makes training 1.1 to 1.2 times as fast. This is the CPU part
    /// of PyTorch's <c>set_float32_matmul_precision("medium")</c>, which TorchSharp 0.107 declares but does not implement.
    /// </summary>
    /// <remarks>
    /// The setting permits bfloat16 products, which oneDNN uses only on processors with AMX; there it is not applied, so that
    /// float32 stays float32 on every machine. The C++ symbols have these names only with GCC and Clang on x64 Linux.
    /// </remarks>
    public static TuningResult OneDnnMatrixProducts()
    {
        const string Setting = "float32 matrix products by oneDNN";
        const string Setter = "_ZN2at7Context19setFloat32PrecisionENS_14Float32BackendENS_9Float32OpENS_16Float32PrecisionE";
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return new(Setting, false, $"unchanged: supported only on linux-x64; this is {RuntimeInformation.RuntimeIdentifier}");
        // CPUID leaf 7: EDX bit 22 is AMX-BF16.
        if (X86Base.IsSupported && (X86Base.CpuId(7, 0).Edx & (1 << 22)) != 0)
            return new(Setting, false, "unchanged: on this processor, AMX would round to bfloat16");
        torch.InitializeDeviceType(DeviceType.CPU);
        if (NativeReport.PathInProcess("libtorch_cpu.so") is not { } path || !NativeLibrary.TryLoad(path, out IntPtr torchCpu)
            || !NativeLibrary.TryGetExport(torchCpu, "_ZN2at13globalContextEv", out IntPtr context)
            || !NativeLibrary.TryGetExport(torchCpu, Setter, out IntPtr set))
        {
            return new(Setting, false, "unchanged: this libtorch does not export at::Context::setFloat32Precision, as 2.10 does");
        }
        // ATen/Context.h of 2.10: Float32Backend.MKLDNN, Float32Op.MATMUL, Float32Precision.BF16.
        const int Mkldnn = 2, Matmul = 3, BFloat16 = 3;
        IntPtr global = Marshal.GetDelegateForFunctionPointer<GlobalContext>(context)();
        Marshal.GetDelegateForFunctionPointer<SetFloat32Precision>(set)(global, Mkldnn, Matmul, BFloat16);
        return new(Setting, true, "set");
    }
}
