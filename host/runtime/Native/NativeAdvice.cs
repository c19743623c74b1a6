using System.Runtime.InteropServices;

namespace Tenon.Host.Native;

/// <summary>Translates a system's errors about native libraries into advice.</summary>
internal static class NativeAdvice
{
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate IntPtr GnuVersion();

    /// <summary>Describes operating system, processor, C library and runtime on one line.</summary>
    public static string System() =>
        $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, " +
        $"{(Glibc() is { } version ? "glibc " + version + ", " : "")}{RuntimeInformation.FrameworkDescription}";

    /// <summary>Explains why libtorch cannot run on this system, and how to fix it; null if it can.</summary>
    public static string? Unsupported()
    {
        string here = RuntimeInformation.RuntimeIdentifier;
        if (Package() is null)
            return $"There is no libtorch package for {here}, only for linux-x64, win-x64 and osx-arm64. Use one of these platforms; " +
                "commands that do not need tensors also work here.";
        if (!OperatingSystem.IsLinux()) return null;
        if (Glibc() is not { } found)
            return $"libtorch needs glibc, but {here} has a different C library. Use a distribution with glibc 2.34 or newer, such as " +
                "Debian 12 or Ubuntu 22.04, or a container based on one.";
        return Version.TryParse(found, out Version? version) && version < new Version(2, 34)
            ? $"TorchSharp needs glibc 2.34 or newer; this system has {found}. Use a newer release, such as Debian 12, Ubuntu 22.04 " +
                "or RHEL 9, or a container based on one."
            : null;
    }

    /// <summary>Suffix of the libtorch package's name for this system; null if there is no package.</summary>
    public static string? Package() => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 when OperatingSystem.IsLinux() => "linux-x64",
        Architecture.X64 when OperatingSystem.IsWindows() => "win-x64",
        Architecture.Arm64 when OperatingSystem.IsMacOS() => "osx-arm64",
        _ => null,
    };

    /// <summary>Advice for a library that was found but could not be loaded.</summary>
    public static string For(NativeState state, string? reason)
    {
        bool Says(string text) => reason?.Contains(text, StringComparison.OrdinalIgnoreCase) == true;
        if (state == NativeState.NotALibrary)
            return "The file is damaged. Delete the package's folder from the NuGet cache (dotnet nuget locals global-packages --list), " +
                "restore and build again.";
        if (state == NativeState.WrongArchitecture)
            return $"Build and run for this processor: dotnet build -r {RuntimeInformation.RuntimeIdentifier}, with a .NET runtime of " +
                "the same architecture.";
        if (Says("GLIBCXX_3.4.32") || Says("GLIBCXX_3.4.31"))
            return "TorchSharp's unpatched library is in use. Reference Tenon.Abstractions with its buildTransitive assets, leave " +
                "TenonPatchesTorchSharp true, and build again; or install GCC 13's libstdc++.";
        if (Says("GLIBCXX_") || Says("CXXABI_"))
            return "This system's libstdc++ is too old. Install the one of GCC 12 or newer (package libstdc++6), or use a newer release " +
                "such as Debian 12.";
        if (Says("GLIBC_"))
            return "This system's C library is too old. Use a release with glibc 2.34 or newer, such as Debian 12, Ubuntu 22.04 " +
                "or RHEL 9.";
        if (Says("libgomp"))
            return "The OpenMP library is missing. It comes with the libtorch package (libgomp-*.so.1) and must be next to " +
                "libtorch_cpu.so: restore and build again; for a different libtorch, install libgomp1.";
        if (Says("libstdc++") || Says("libgcc_s"))
            return "The C++ runtime is missing. Install it (Debian and Ubuntu: libstdc++6; RHEL: libstdc++).";
        if (Says("0x8007007E") || Says("0x7E"))
            return "A required library is missing. Install the Microsoft Visual C++ Redistributable 2015-2022 for x64.";
        if (Says("0x800700C1") || Says("incompatible architecture"))
            return "It was built for another processor. Use a .NET runtime of the same architecture as the library.";
        if (Says("Cannot allocate memory") || Says("failed to map"))
            return "Not enough memory to map the library, about 500 MB. Raise the limit (ulimit -v, or the container's memory).";
        if (Says("Operation not permitted") || Says("Permission denied") || Says("denied"))
            return "The file cannot be read or executed. Check its permissions, and that its file system is not mounted noexec.";
        if (Says("cannot open shared object file"))
            return "A required library is missing; see the reason. Install the system package that has it, or restore and " +
                "build again if it belongs to libtorch.";
        return "Restore and build again. If the problem persists, report the reason above with the output of this command.";
    }

    private static string? Glibc() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out IntPtr libc)
        && NativeLibrary.TryGetExport(libc, "gnu_get_libc_version", out IntPtr version)
            ? Marshal.PtrToStringUTF8(Marshal.GetDelegateForFunctionPointer<GnuVersion>(version)())
            : null;
}
