using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using IOPath = System.IO.Path;

namespace Tenon.Host.Native;

/// <summary>What became of one native library.</summary>
internal enum NativeState
{
    /// <summary>It is in the process.</summary>
    Loaded,

    /// <summary>No directory that was searched has it.</summary>
    NotFound,

    /// <summary>The file is no native library of this operating system: cut off, or a placeholder.</summary>
    NotALibrary,

    /// <summary>The file was built for another processor than this process runs on.</summary>
    WrongArchitecture,

    /// <summary>The operating system refused to load it; the reason says why.</summary>
    Refused,

    /// <summary>It was found, and needs one before it that is not loaded.</summary>
    NotTried,
}

/// <summary>One library that tensors need.</summary>
/// <param name="FileName">The file's name.</param>
/// <param name="State">What became of it.</param>
/// <param name="Path">Where it was found; null if it was not.</param>
/// <param name="LinksTo">The file behind <paramref name="Path"/>, if that is a link.</param>
/// <param name="Reason">Why it is not loaded, in the system's words where it has some; null if it is.</param>
/// <param name="Advice">What to do about it; null if it is loaded.</param>
internal sealed record NativeFinding(string FileName, NativeState State, string? Path, string? LinksTo, string? Reason, string? Advice);

/// <summary>The native libraries behind TorchSharp: what was looked for, where, found, and loaded or not and why.</summary>
/// <param name="System">Operating system, processor, C library and runtime.</param>
/// <param name="Supported">Whether libtorch is made for this system at all, and the one that was chosen fits.</param>
/// <param name="Advice">What to do if it is not; null if it is.</param>
/// <param name="Libraries">One finding a library, in the order of loading; empty on an unsupported system.</param>
internal sealed record NativeReport(
    string System, bool Supported, string? Advice, IReadOnlyList<NativeFinding> Libraries)
{
    /// <summary>Whether tensors can be computed.</summary>
    public bool Ready => Supported && Libraries.All(l => l.State == NativeState.Loaded);

    /// <summary>
    /// Looks for each library and loads it, dependencies first, so that the one that fails is the one that is named. TorchSharp then
    /// uses what is loaded. Never throws for what it finds.
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

    /// <summary>The file from which a library of this name was loaded; null if none was, or the system does not tell.</summary>
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

    /// <summary>Where the program's own libraries may lie, in the order of the search.</summary>
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
            return new(name, NativeState.NotFound, null, null, "in none of the directories searched",
                "The program was built without libtorch. Name the folder of one in TENON_LIBTORCH or plugins.json (\"libtorch\"), or build with one: " +
                "in this repository without -p:TorchBackend=folder, and with UsesLibTorch true in the project; elsewhere, " +
                $"reference the package libtorch-cpu-{NativeAdvice.Package()} {NuGetCache.LibtorchVersion} and build. The tool finds it " +
                "where such a build has restored it: in the NuGet cache.");
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

    /// <summary>.NET begins with a general hint of how to trace loading; what the system said stands on the lines below it.</summary>
    private static string Sentence(string message)
    {
        string[] lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return string.Join("; ", lines.Length > 1 ? lines[1..] : lines);
    }
}
