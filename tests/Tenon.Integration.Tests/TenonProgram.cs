using System.Diagnostics;

namespace Tenon.Integration.Tests;

/// <summary>What a run of the program came to.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Errors">What it wrote to standard error.</param>
public sealed record ProgramResult(int ExitCode, string Output, string Errors)
{
    /// <summary>Everything that was written.</summary>
    public string All => Output + Errors;
}

/// <summary>Runs the program as its user does, as a process of its own.</summary>
public static class TenonProgram
{
    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "tenon.dll");

    /// <summary>Runs to the end.</summary>
    public static ProgramResult Run(string directory, params string[] arguments)
    {
        using Process process = Start(directory, arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ProgramResult(process.ExitCode, output, errors.Result);
    }

    /// <summary>Starts; the caller waits, and disposes the process.</summary>
    public static Process Start(string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Assembly, .. arguments])
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["XDG_CACHE_HOME"] = Path.Combine(directory, "cache") },
        };
        return Process.Start(start)!;
    }
}
