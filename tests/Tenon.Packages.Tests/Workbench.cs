using System.Diagnostics;
using System.Reflection;
using Tenon.Tests;

namespace Tenon.Packages.Tests;

/// <summary>
/// What a user of the packages has: packages in a folder, the tool, the templates. Everything, NuGet's cache included, is in
/// one temporary folder, so packages of the same version from another build are not found. The folder is the only source of packages.
/// </summary>
[CollectionDefinition(Name)]
public sealed class Workbench : IDisposable, ICollectionFixture<Workbench>
{
    /// <summary>The collection of the tests that share the workbench.</summary>
    public const string Name = "workbench";

    private readonly string _folder = Directory.CreateTempSubdirectory("tenon-workbench-").FullName;

    /// <summary>Packs what is built, and installs tool and templates.</summary>
    public Workbench()
    {
        LinkPackages();
        Directory.CreateDirectory(Work);
        Dotnet(Root, "msbuild", "build/Packages.proj", "-v:q", $"-p:Configuration={Value("Configuration")}",
            $"-p:PackageOutputPath={Feed}");
        Dotnet(Work, "tool", "install", "Tenon", "--tool-path", Path.Combine(_folder, "tool"), "--source", Feed);
        Dotnet(Work, "new", "install", Path.Combine(Root, "templates"), "--debug:custom-hive", Hive);
    }

    /// <summary>The repository.</summary>
    public static string Root { get; } = Value("RepositoryRoot");

    /// <summary>The folder with the packages.</summary>
    public string Feed => Path.Combine(_folder, "feed");

    /// <summary>Where the user works: outside of the repository.</summary>
    public string Work => Path.Combine(_folder, "work");

    private string Hive => Path.Combine(_folder, "hive");

    /// <summary>Creates a plugin from a template.</summary>
    public void New(string template, string name) => Dotnet(Work, "new", template, "-n", name, "--feed", Feed, "--debug:custom-hive", Hive);

    /// <summary>Copies a sample out of the repository.</summary>
    public string CopySample(string name)
    {
        (string from, string to) = (Path.Combine(Root, "samples", name), Path.Combine(Work, name));
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(from, file))
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "artifacts" or "runs")))
        {
            string target = Path.Combine(to, file);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Path.Combine(from, file), target);
        }

        return to;
    }

    /// <summary>Runs dotnet, and returns what it wrote; fails with the output if the exit code is not 0.</summary>
    public string Dotnet(string directory, params string[] arguments) => Run("dotnet", directory, arguments);

    /// <summary>Runs the installed tool.</summary>
    public string Tenon(string directory, params string[] arguments) =>
        Run(Path.Combine(_folder, "tool", OperatingSystem.IsWindows() ? "tenon.exe" : "tenon"), directory, arguments);

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Run(string program, string directory, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["NUGET_PACKAGES"] = Path.Combine(_folder, "packages"),
                ["RestoreSources"] = Feed,
                ["NuGetAudit"] = "false",
                ["XDG_CACHE_HOME"] = Path.Combine(_folder, "cache"),
            },
        };
        BuildEnvironment.Isolate(start);
        // They would be settings of the recipe.
        foreach (string name in start.Environment.Keys.Where(k => program != "dotnet"
            && k.StartsWith("TENON_", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.Should().Be(0, "'{0} {1}' has to succeed; it wrote:\n{2}\n{3}", Path.GetFileName(program),
            string.Join(' ', arguments), output, errors.Result);
        return output;
    }

    // The user's packages but Tenon's own, by links (which on Windows developer mode allows): nothing is downloaded, and nothing old
    // is found.
    private void LinkPackages()
    {
        string packages = Path.Combine(_folder, "packages");
        Directory.CreateDirectory(packages);
        string users = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } moved
            ? moved : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        foreach (string package in Directory.EnumerateDirectories(users)
            .Where(p => !Path.GetFileName(p).StartsWith("tenon", StringComparison.OrdinalIgnoreCase)))
            Directory.CreateSymbolicLink(Path.Combine(packages, Path.GetFileName(package)), package);
    }

    internal static string Value(string name) =>
        typeof(Workbench).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == name).Value!;
}
