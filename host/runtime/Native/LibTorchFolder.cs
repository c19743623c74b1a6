using System.Text.RegularExpressions;
using IOPath = System.IO.Path;

namespace Tenon.Host.Native;

/// <summary>
/// A libtorch other than the program's own: the folder torch/lib of a PyTorch installation, or lib of an unpacked libtorch. It is
/// searched first. Set by the environment (<c>TENON_LIBTORCH</c>) or plugins.json (<c>libtorch</c>); the environment takes
/// precedence.
/// </summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Source">Where it is set.</param>
/// <param name="Version">Version reported by the installation: <c>2.10.0+cu128</c>; null when unknown.</param>
/// <param name="Bridge">TorchSharp's native library in the folder, built for this libtorch; null to use the program's own.</param>
/// <param name="Error">Why it cannot be used, or null.</param>
internal sealed partial record LibTorchFolder(string Path, string Source, string? Version, string? Bridge, string? Error)
{
    /// <summary>The environment variable.</summary>
    public const string Variable = "TENON_LIBTORCH";

    // Device plugins read the same variable.
    private const string DataName = "Tenon.LibTorch";

    /// <summary>The effective folder; null for the program's own libtorch.</summary>
    public static LibTorchFolder? Chosen { get; private set; }

    /// <summary>Reads the settings in the environment and plugins.json. Takes effect only before torch is loaded.</summary>
    /// <param name="fromPluginsFile">Absolute path set in plugins.json, or null.</param>
    public static void Choose(string? fromPluginsFile)
    {
        string? own = NativeReport.OwnDirectories()
            .FirstOrDefault(directory => File.Exists(IOPath.Combine(directory, NativeNames.TorchCpu)));
        Chosen = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
            ? Examine(named, $"environment variable {Variable}", own)
            : fromPluginsFile is not null ? Examine(fromPluginsFile, "plugins.json", own)
            : null;
        AppContext.SetData(DataName, Chosen?.Path);
    }

    /// <summary>Examines a folder without loading anything.</summary>
    /// <param name="folder">The folder, absolute or relative to the working directory.</param>
    /// <param name="source">The setting that names it.</param>
    /// <param name="own">Folder of the program's own libtorch; null if it has none.</param>
    public static LibTorchFolder Examine(string folder, string source, string? own)
    {
        string path = IOPath.TrimEndingDirectorySeparator(IOPath.GetFullPath(folder));
        string library = NativeNames.TorchCpu, bridge = IOPath.Combine(path, NativeNames.Bridge);
        if (!File.Exists(IOPath.Combine(path, library)))
            return new LibTorchFolder(path, source, null, null,
                $"'{path}' ({source}) has no {library}. Set the folder torch/lib of a PyTorch installation, or remove the setting.");
        string? version = FindVersion(IOPath.GetDirectoryName(path)!);
        var found = new LibTorchFolder(path, source, version, File.Exists(bridge) ? bridge : null, null);
        if (own is not null)
        {
            return found with
            {
                Error = $"'{path}' ({source}) cannot be used: this program contains its own libtorch, in '{own}', and a process can " +
                    "load only one. Build the program with -p:TorchBackend=folder, which leaves it out, or remove the setting.",
            };
        }

        return version is null || found.Bridge is not null || Number().Match(version).Value == NuGetCache.LibtorchVersion
            ? found
            : found with
            {
                Error = $"'{path}' ({source}) is libtorch {version}; TorchSharp " +
                    $"{typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString(3)} works only with {NuGetCache.LibtorchVersion}. " +
                    $"Install {NuGetCache.LibtorchVersion} there, place a {NativeNames.Bridge} built for this libtorch next to it, or " +
                    "remove the setting.",
            };
    }

    // version.py is part of an installed PyTorch, build-version of an unpacked libtorch.
    private static string? FindVersion(string root)
    {
        string python = IOPath.Combine(root, "version.py"), plain = IOPath.Combine(root, "build-version");
        if (File.Exists(python) && Assigned().Match(File.ReadAllText(python)) is { Success: true } assigned)
            return assigned.Groups[1].Value;
        return File.Exists(plain) && File.ReadAllText(plain).Trim() is { Length: > 0 } text ? text : null;
    }

    [GeneratedRegex("""^__version__\s*=\s*['"]([^'"]+)['"]""", RegexOptions.Multiline)]
    private static partial Regex Assigned();

    [GeneratedRegex(@"^\d+\.\d+\.\d+")]
    private static partial Regex Number();
}
