using System.Reflection;

namespace Tenon.Host.Native;

/// <summary>
/// Where restored packages lie on this machine. The tool carries no libtorch of its own: it is 500 MB, and whoever builds
/// with it has it here.
/// </summary>
internal static class NuGetCache
{
    /// <summary>The version of libtorch that this host was built with.</summary>
    public static string LibtorchVersion { get; } = typeof(NuGetCache).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(a => a.Key == nameof(LibtorchVersion)).Value!;

    /// <summary>The folder of libtorch's libraries of that version for this system; null when none was restored.</summary>
    public static string? Libtorch() =>
        NativeAdvice.Package() is { } system
        && Folder() is { } cache
        && Path.Combine(cache, $"libtorch-cpu-{system}", LibtorchVersion, "runtimes", system, "native") is var native
        && Directory.Exists(native) ? native : null;

    // NUGET_PACKAGES takes the place of the user's own folder, as for NuGet itself.
    private static string? Folder() => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } moved
        ? moved
        : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home ? Path.Combine(home, ".nuget", "packages") : null;
}
