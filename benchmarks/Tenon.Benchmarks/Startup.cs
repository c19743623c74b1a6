using System.Diagnostics;

namespace Tenon.Benchmarks;

/// <summary>How long a user waits for the program, each in its own process.</summary>
internal static class Startup
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "tenon.dll");

    /// <summary>Duration of a command in seconds.</summary>
    public static double Command(params string[] arguments) => Time(arguments, _ => false);

    /// <summary>Seconds from the command to the line of its first step.</summary>
    public static double FirstStep(string recipe) =>
        Time(["run", recipe], line => line.TrimStart().StartsWith("step", StringComparison.Ordinal));

    private static double Time(string[] arguments, Func<string, bool> isEnd)
    {
        var clock = Stopwatch.StartNew();
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [Program, .. arguments]) { RedirectStandardOutput = true })!;
        while (process.StandardOutput.ReadLine() is { } line && !isEnd(line))
        {
            // Until the line that ends the measurement, or the end of the program.
        }

        double seconds = clock.Elapsed.TotalSeconds;
        process.Kill();
        process.WaitForExit();
        return seconds;
    }
}
