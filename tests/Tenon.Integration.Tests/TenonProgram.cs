using System.Diagnostics;
using System.Text;

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
    /// <summary>The environment variable with the path of the cache folder.</summary>
    public const string CacheVariable = "XDG_CACHE_HOME";

    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "tenon.dll");

    /// <summary>Cache folder of programs that run in a folder.</summary>
    public static string Cache(string directory) => Path.Combine(directory, "cache");

    /// <summary>Runs to the end.</summary>
    public static ProgramResult Run(string directory, params string[] arguments) => Finish(Start(directory, arguments));

    /// <summary>Runs to the end with a text on standard input.</summary>
    public static ProgramResult Feed(string directory, string input, params string[] arguments)
    {
        ProcessStartInfo start = Describe(Assembly, directory, arguments);
        (start.RedirectStandardInput, start.StandardInputEncoding) = (true, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        Process process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        return Finish(process);
    }

    /// <summary>Runs another copy of the program to the end, with variables of the environment.</summary>
    /// <param name="assembly">Its tenon.dll.</param>
    /// <param name="directory">The working directory.</param>
    /// <param name="variables">Names and values.</param>
    /// <param name="arguments">As typed.</param>
    public static ProgramResult RunWith(string assembly, string directory, IReadOnlyDictionary<string, string> variables,
        params string[] arguments)
    {
        ProcessStartInfo start = Describe(assembly, directory, arguments);
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        return Finish(Process.Start(start)!);
    }

    /// <summary>Starts; the caller waits, and disposes the process.</summary>
    public static Process Start(string directory, params string[] arguments) => Process.Start(Describe(directory, arguments))!;

    /// <summary>Returns how to start the program, for tests that start it under another one.</summary>
    public static ProcessStartInfo Describe(string directory, params string[] arguments) => Describe(Assembly, directory, arguments);

    /// <summary>Waits for the end of a process and disposes it.</summary>
    public static ProgramResult Finish(Process started)
    {
        using Process process = started;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ProgramResult(process.ExitCode, output, errors.Result);
    }

    private static ProcessStartInfo Describe(string assembly, string directory, string[] arguments) =>
        new("dotnet", [assembly, .. arguments])
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [CacheVariable] = Cache(directory) },
        };
}
