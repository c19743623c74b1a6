using System.Diagnostics;
using Tenon.Tests;

namespace Tenon.Packages.Tests;

/// <summary>MSBuild on projects of the repository.</summary>
internal static class MsBuild
{
    /// <summary>Runs it in the repository's root, in the configuration of the tests.</summary>
    /// <param name="arguments">Project, targets and properties.</param>
    /// <returns>Exit code and standard output.</returns>
    public static (int ExitCode, string Output) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet",
            ["msbuild", .. arguments, "-nologo", $"-p:Configuration={Workbench.Value("Configuration")}"])
        {
            WorkingDirectory = Workbench.Root,
            RedirectStandardOutput = true,
        };
        BuildEnvironment.Isolate(start);
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
