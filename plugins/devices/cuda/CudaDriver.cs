using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;

namespace Tenon.Cuda;

/// <summary>Facts that the driver reports about a GPU.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Memory">Total memory in bytes.</param>
/// <param name="Major">Major version of its compute capability.</param>
/// <param name="Minor">Minor version of its compute capability.</param>
internal sealed record GpuFacts(string Name, long Memory, int Major, int Minor);

/// <summary>NVIDIA's driver, queried directly through the CUDA Driver API: this neither needs libtorch nor allocates GPU memory.</summary>
internal sealed unsafe class CudaDriver
{
    // CUdevice_attribute of cuda.h.
    private const int ComputeCapabilityMajor = 75, ComputeCapabilityMinor = 76;
    private const int NoDevice = 100;

    private readonly IntPtr library;

    private CudaDriver(IntPtr library, int count, int version)
    {
        this.library = library;
        Count = count;
        Version = $"{version / 1000}.{version % 1000 / 10}";
    }

    /// <summary>Number of GPUs visible to the process.</summary>
    public int Count { get; }

    /// <summary>The newest CUDA version that the driver supports, such as <c>12.8</c>.</summary>
    public string Version { get; }

    /// <summary>Opens the driver.</summary>
    /// <param name="driver">The driver, if it is installed and starts.</param>
    /// <param name="reason">Otherwise, the reason.</param>
    public static bool TryOpen([NotNullWhen(true)] out CudaDriver? driver, [NotNullWhen(false)] out string? reason)
    {
        driver = null;
        if (CudaLibraries.DriverFile is not { } file || !NativeLibrary.TryLoad(file, out IntPtr library))
        {
            reason = $"No NVIDIA driver was found: the system has no {CudaLibraries.DriverFile}.";
            return false;
        }

        int count = 0, version = 0;
        if (!NativeLibrary.TryGetExport(library, "cuInit", out IntPtr start)
            || !NativeLibrary.TryGetExport(library, "cuDeviceGetCount", out IntPtr getCount))
        {
            reason = $"{file} exists, but is not an NVIDIA driver: it does not export cuInit.";
            return false;
        }

        int code = ((delegate* unmanaged<uint, int>)start)(0);
        if (code == 0)
            code = ((delegate* unmanaged<int*, int>)getCount)(&count);
        if (code is not (0 or NoDevice))
        {
            reason = $"NVIDIA's driver failed to start (CUDA error {code}{Explain(library, code)}).";
            return false;
        }

        if (NativeLibrary.TryGetExport(library, "cuDriverGetVersion", out IntPtr getVersion))
            _ = ((delegate* unmanaged<int*, int>)getVersion)(&version);
        driver = new CudaDriver(library, code == NoDevice ? 0 : count, version);
        reason = null;
        return true;
    }

    /// <summary>Describes a GPU.</summary>
    /// <param name="index">Its index, below <see cref="Count"/>.</param>
    public GpuFacts Describe(int index)
    {
        int device = Device(index), major = 0, minor = 0;
        nuint bytes = 0;
        byte* name = stackalloc byte[256];
        name[0] = 0;
        if (Export("cuDeviceGetName") is { } getName)
            _ = ((delegate* unmanaged<byte*, int, int, int>)getName)(name, 256, device);
        if (Export("cuDeviceGetAttribute") is { } getAttribute)
        {
            _ = ((delegate* unmanaged<int*, int, int, int>)getAttribute)(&major, ComputeCapabilityMajor, device);
            _ = ((delegate* unmanaged<int*, int, int, int>)getAttribute)(&minor, ComputeCapabilityMinor, device);
        }

        if (Export("cuDeviceTotalMem_v2") is { } getMemory)
            _ = ((delegate* unmanaged<nuint*, int, int>)getMemory)(&bytes, device);
        return new GpuFacts(Marshal.PtrToStringUTF8((IntPtr)name) ?? "", (long)bytes, major, minor);
    }

    /// <summary>Free memory of a GPU in bytes; null if the driver does not report it.</summary>
    /// <param name="index">Its index.</param>
    public long? Free(int index)
    {
        if (Export("cuDevicePrimaryCtxRetain") is not { } retain || Export("cuDevicePrimaryCtxRelease_v2") is not { } release
            || Export("cuCtxPushCurrent_v2") is not { } push || Export("cuCtxPopCurrent_v2") is not { } pop
            || Export("cuMemGetInfo_v2") is not { } getInfo)
        {
            return null;
        }

        int device = Device(index);
        IntPtr context = IntPtr.Zero, popped = IntPtr.Zero;
        if (((delegate* unmanaged<IntPtr*, int, int>)retain)(&context, device) != 0)
            return null;
        nuint free = 0, total = 0;
        bool known = false;
        if (((delegate* unmanaged<IntPtr, int>)push)(context) == 0)
        {
            known = ((delegate* unmanaged<nuint*, nuint*, int>)getInfo)(&free, &total) == 0;
            _ = ((delegate* unmanaged<IntPtr*, int>)pop)(&popped);
        }

        _ = ((delegate* unmanaged<int, int>)release)(device);
        return known ? (long)free : null;
    }

    private int Device(int index)
    {
        int device = index;
        if (Export("cuDeviceGet") is { } get)
            _ = ((delegate* unmanaged<int*, int, int>)get)(&device, index);
        return device;
    }

    private IntPtr? Export(string name) => NativeLibrary.TryGetExport(library, name, out IntPtr address) ? address : null;

    private static string Explain(IntPtr library, int code)
    {
        byte* text = null;
        return NativeLibrary.TryGetExport(library, "cuGetErrorString", out IntPtr explain)
            && ((delegate* unmanaged<int, byte**, int>)explain)(code, &text) == 0 && text is not null
                ? $": {Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text))}"
                : "";
    }
}
