using System.Reflection;

namespace Tenon.Host.Native;

/// <summary>
/// The NuGet cache of this machine. The tool does not contain libtorch, which is 500 MB; builds that use libtorch restore it to the
/// cache.
/// </summary>
internal static class NuGetCache
{
    /// <summary>The version of libtorch that this host was built with.</summary>
    public static string LibtorchVersion { get; } = typeof(NuGetCache).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(a => a.Key == nameof(LibtorchVersion)).Value!;

    /// <summary>Folder with the libtorch libraries of that version for this system; null if not restored.</summary>
    public static string? Libtorch() =>
        NativeAdvice.Package() is { } system
        && Folder() is { } cache
        && Path.Combine(cache, $"libtorch-cpu-{system}", LibtorchVersion, "runtimes", system, "native") is var native
        && Directory.Exists(native) ? native : null;

    // NUGET_PACKAGES replaces the user's folder, as in NuGet.
    private static string? Folder() => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } moved
        ? moved
        : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home
            ? Path.Combine(home, ".nuget", "packages") : null;
}
