namespace Tenon.Host.Native;

/// <summary>Names of TorchSharp's native libraries on this operating system.</summary>
internal static class NativeNames
{
    /// <summary>All libraries, dependencies first.</summary>
    public static IReadOnlyList<string> All { get; } =
        OperatingSystem.IsWindows() ? ["c10.dll", "torch_cpu.dll", "torch.dll", "LibTorchSharp.dll"]
        : OperatingSystem.IsMacOS() ? ["libc10.dylib", "libtorch_cpu.dylib", "libtorch.dylib", "libLibTorchSharp.dylib"]
        : ["libc10.so", "libtorch_cpu.so", "libtorch.so", "libLibTorchSharp.so"];

    /// <summary>libtorch's CPU library.</summary>
    public static string TorchCpu => All[1];

    /// <summary>TorchSharp's native library, between .NET and libtorch.</summary>
    public static string Bridge => All[^1];
}
