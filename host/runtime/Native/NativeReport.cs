using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using IOPath = System.IO.Path;

namespace Tenon.Host.Native;

/// <summary>State of a native library.</summary>
internal enum NativeState
{
    /// <summary>Loaded.</summary>
    Loaded,

    /// <summary>Not in any searched directory.</summary>
    NotFound,

    /// <summary>The file is not a native library of this operating system: truncated, or a placeholder.</summary>
    NotALibrary,

    /// <summary>The file was built for a different processor.</summary>
    WrongArchitecture,

    /// <summary>The operating system refused to load it; see the reason.</summary>
    Refused,

    /// <summary>Found, but not loaded because a dependency is not loaded.</summary>
    NotTried,
}

/// <summary>A native library that tensors need.</summary>
/// <param name="FileName">The file's name.</param>
/// <param name="State">Its state.</param>
/// <param name="Path">Path; null if not found.</param>
/// <param name="LinksTo">Target of <paramref name="Path"/> if that is a link.</param>
/// <param name="Reason">Why it is not loaded, in the system's words if available; null if loaded.</param>
/// <param name="Advice">How to fix it; null if loaded.</param>
internal sealed record NativeFinding(string FileName, NativeState State, string? Path, string? LinksTo, string? Reason, string? Advice);

/// <summary>
/// Report on TorchSharp's native libraries: what was searched for and where, what was found, and what was loaded.
/// </summary>
/// <param name="System">Operating system, processor, C library and runtime.</param>
/// <param name="Supported">Whether libtorch supports this system, and the selected one is usable.</param>
/// <param name="Advice">How to fix it if not supported; otherwise null.</param>
/// <param name="Libraries">One finding per library in loading order; empty on an unsupported system.</param>
internal sealed record NativeReport(
    string System, bool Supported, string? Advice, IReadOnlyList<NativeFinding> Libraries)
{
    /// <summary>Whether all libraries are loaded.</summary>
    public bool Ready => Supported && Libraries.All(l => l.State == NativeState.Loaded);

    /// <summary>
    /// Finds and loads each library, dependencies first, so that the report names the library that fails. TorchSharp then uses
    /// the loaded libraries. Never throws.
    /// </summary>
    public static NativeReport Examine()
    {
        string system = NativeAdvice.System();
        if (LibTorchFolder.Chosen?.Error is { } error)
            return new(system, false, error, []);
        return NativeAdvice.Unsupported() is { } advice
            ? new(system, false, advice, [])
            : new(system, true, null, FindAll([.. SearchDirectories()]));
    }

    /// <summary>Returns the file from which this process loaded a library of this name; null if none was loaded, or unknown.</summary>
    public static string? PathInProcess(string fileName)
    {
        try
        {
            using var process = Process.GetCurrentProcess();
            return process.Modules.Cast<ProcessModule>().Select(m => m.FileName)
                .FirstOrDefault(path => string.Equals(IOPath.GetFileName(path), fileName, StringComparison.OrdinalIgnoreCase));
        }
        catch (Exception untold) when (untold is Win32Exception or PlatformNotSupportedException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Possible locations of the program's own libraries, in search order.</summary>
    public static IEnumerable<string> OwnDirectories()
    {
        string fromHost = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        string system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        string portable = $"{system}-{RuntimeInformation.ProcessArchitecture}";
#pragma warning disable CA1308 // runtime identifiers are lower case
        return fromHost.Split(IOPath.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Append(IOPath.Combine(AppContext.BaseDirectory, "runtimes", portable.ToLowerInvariant(), "native"));
#pragma warning restore CA1308
    }

    private static IEnumerable<string> SearchDirectories()
    {
        IEnumerable<string> own = OwnDirectories().Concat(NuGetCache.Libtorch() is { } restored ? [restored] : []);
        return (LibTorchFolder.Chosen is { } chosen ? own.Prepend(chosen.Path) : own)
            .Select(IOPath.TrimEndingDirectorySeparator)
            .Distinct(StringComparer.Ordinal);
    }

    private static List<NativeFinding> FindAll(string[] searched)
    {
        var findings = new List<NativeFinding>();
        foreach (string name in NativeNames.All)
            findings.Add(Find(name, searched, findings.FirstOrDefault(f => f.State != NativeState.Loaded)?.FileName));
        return findings;
    }

    private static NativeFinding Find(string name, string[] searched, string? missing)
    {
        if (PathInProcess(name) is { } loaded) return new(name, NativeState.Loaded, loaded, null, null, null);
        string? path = searched.Select(directory => IOPath.Combine(directory, name)).FirstOrDefault(File.Exists);
        if (path is null)
        {
            return new(name, NativeState.NotFound, null, null, "not in any searched directory",
                "The program was built without libtorch. Set the folder of a libtorch in TENON_LIBTORCH or plugins.json (\"libtorch\"), " +
                "or build with one: in this repository without -p:TorchBackend=folder, and with UsesLibTorch true in the project; " +
                $"elsewhere, reference the package libtorch-cpu-{NativeAdvice.Package()} {NuGetCache.LibtorchVersion} and build. The " +
                "tool then finds it in the NuGet cache, to which the build restored it.");
        }
        string? target = null;
        try
        {
            target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName;
            (NativeState state, string? reason) = NativeHeader.Check(target ?? path);
            if (state != NativeState.Loaded) return new(name, state, path, target, reason, NativeAdvice.For(state, reason));
            if (missing is not null) return new(name, NativeState.NotTried, path, target, $"it needs {missing}", $"See {missing}.");
            NativeLibrary.Load(path);
            return new(name, NativeState.Loaded, path, target, null, null);
        }
        catch (Exception refusal) when (refusal is DllNotFoundException or BadImageFormatException or IOException or UnauthorizedAccessException)
        {
            string reason = Sentence(refusal.Message);
            return new(name, NativeState.Refused, path, target, reason, NativeAdvice.For(NativeState.Refused, reason));
        }
    }

    /// <summary>
    /// Extracts the system's message: .NET starts with a general hint on tracing, and the message is on the lines after it.
    /// </summary>
    private static string Sentence(string message)
    {
        string[] lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return string.Join("; ", lines.Length > 1 ? lines[1..] : lines);
    }
}
