namespace Tenon.Host.Native;

/// <summary>What the native libraries behind TorchSharp are called on this operating system.</summary>
internal static class NativeNames
{
    /// <summary>All of them, each after those that it needs.</summary>
    public static IReadOnlyList<string> All { get; } =
        OperatingSystem.IsWindows() ? ["c10.dll", "torch_cpu.dll", "torch.dll", "LibTorchSharp.dll"]
        : OperatingSystem.IsMacOS() ? ["libc10.dylib", "libtorch_cpu.dylib", "libtorch.dylib", "libLibTorchSharp.dylib"]
        : ["libc10.so", "libtorch_cpu.so", "libtorch.so", "libLibTorchSharp.so"];

    /// <summary>libtorch's part for the processor.</summary>
    public static string TorchCpu => All[1];

    /// <summary>TorchSharp's own library, between .NET and libtorch.</summary>
    public static string Bridge => All[^1];
}
