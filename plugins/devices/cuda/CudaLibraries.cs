using System.Runtime.InteropServices;

namespace Tenon.Cuda;

/// <summary>Locates libtorch's CUDA library.</summary>
internal static class CudaLibraries
{
    /// <summary>Set by the host: the folder of a different libtorch, which is searched first.</summary>
    private const string ChosenFolder = "Tenon.LibTorch";

    /// <summary>The driver's library; null on an operating system without CUDA.</summary>
    public static string? DriverFile => RuntimeInformation.ProcessArchitecture != Architecture.X64 ? null
        : OperatingSystem.IsWindows() ? "nvcuda.dll"
        : OperatingSystem.IsLinux() ? "libcuda.so.1"
        : null;

    /// <summary>libtorch's CUDA library.</summary>
    public static string TorchFile => OperatingSystem.IsWindows() ? "torch_cuda.dll" : "libtorch_cuda.so";

    private static string AllocatorFile => OperatingSystem.IsWindows() ? "c10_cuda.dll" : "libc10_cuda.so";

    /// <summary>The path of libtorch's CUDA library, or null.</summary>
    public static string? Find() => Directories().Select(folder => Path.Combine(folder, TorchFile)).FirstOrDefault(File.Exists);

    /// <summary>Loads the library, so that torch finds it already in the process.</summary>
    /// <exception cref="DeviceException">The operating system cannot load it; the message contains the reason.</exception>
    public static void Load()
    {
        string torch = Find() ?? throw new DeviceException($"{TorchFile} is in none of the directories searched.");
        try
        {
            string allocator = Path.Combine(Path.GetDirectoryName(torch)!, AllocatorFile);
            if (File.Exists(allocator))
                NativeLibrary.Load(allocator);
            NativeLibrary.Load(torch);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw new DeviceException(
                $"'{torch}' cannot be loaded: {error.Message.Split('\n').Last(line => line.Length > 0).Trim()}", error);
        }
    }

    private static IEnumerable<string> Directories()
    {
        if (AppContext.GetData(ChosenFolder) is string { Length: > 0 } chosen)
            yield return chosen;
        foreach (string folder in (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            yield return folder;
        yield return AppContext.BaseDirectory;
        yield return Path.Combine(AppContext.BaseDirectory, "runtimes", OperatingSystem.IsWindows() ? "win-x64" : "linux-x64", "native");
    }
}
