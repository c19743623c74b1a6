using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Tenon.Fuzz.Crashes;

/// <summary>Runs the program under strace, which records and changes the calls of the operating system.</summary>
/// <param name="folder">The working directory.</param>
internal sealed partial class TracedRun(string folder)
{
    /// <summary>The program that injects errors.</summary>
    public const string Strace = "/usr/bin/strace";

    // File operations that change something. Those with a question mark do not exist on every processor.
    private static readonly string[] _calls =
    [
        "?rename", "?renameat", "?renameat2", "?link", "?linkat", "?unlink", "?unlinkat", "?mkdir", "?mkdirat", "?rmdir", "ftruncate",
        "pwrite64", "?pwritev", "write", "fsync",
    ];

    private string Log => Path.Combine(folder, "calls.txt");

    /// <summary>Whether strace is installed.</summary>
    public static bool IsAvailable => File.Exists(Strace);

    /// <summary>Runs a command.</summary>
    /// <param name="injection">An argument of strace, or null.</param>
    /// <param name="arguments">Arguments of the program.</param>
    public ProgramEnd Run(string? injection, params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "tenon.dll");
        string[] traced = injection is null ? [] :
        [
            "--follow-forks", "--seccomp-bpf", "--decode-fds", "--quiet=all", $"--trace={string.Join(',', _calls)}", "--output", Log,
            .. injection.Length > 0 ? [injection] : Array.Empty<string>(), "--", "dotnet",
        ];
        var start = new ProcessStartInfo(injection is null ? "dotnet" : Strace, [.. traced, program, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["XDG_CACHE_HOME"] = Path.Combine(folder, "cache"), ["OMP_NUM_THREADS"] = "1" },
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ProgramEnd(process.ExitCode, output + errors.Result);
    }

    /// <summary>The calls of the run's thread in the last traced run: names, numbers, and whether the file is one of the run.</summary>
    public IReadOnlyList<(string Call, int Number, bool IsOfRun)> Calls()
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. File.ReadLines(Log).Select(text => Line().Match(text)).Where(match => match.Success)
            .GroupBy(match => match.Groups["thread"].Value).MaxBy(thread => thread.Count(match => match.Groups["call"].Value == "fsync"))!
            .Select(match =>
            {
                string call = match.Groups["call"].Value;
                numbers[call] = numbers.GetValueOrDefault(call) + 1;
                return (call, numbers[call], match.Value.Contains("/runs/", StringComparison.Ordinal));
            })];
    }

    [GeneratedRegex(@"^(?<thread>\d+) +(?<call>\w+)\(.*$")]
    private static partial Regex Line();
}

/// <summary>How a process ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Text">What it printed.</param>
internal sealed record ProgramEnd(int ExitCode, string Text);
