using System.Diagnostics;

namespace Tenon.Benchmarks;

/// <summary>Measures the peak memory of commands, each in its own process.</summary>
internal static class PeakMemory
{
    /// <summary>Runs a command and returns the peak of its resident memory in KiB.</summary>
    /// <param name="arguments">The command and its arguments.</param>
    /// <exception cref="InvalidOperationException">The command failed.</exception>
    // VmHWM never decreases, so the last reading before the process exits is the peak.
    public static double Of(params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "tenon.dll");
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        double peak = 0;
        while (!process.WaitForExit(TimeSpan.FromMilliseconds(100)))
            peak = ProcessStatus.KiB(process.Id, ProcessStatus.PeakResident) ?? peak;

        return process.ExitCode == 0
            ? peak
            : throw new InvalidOperationException(
                $"tenon {string.Join(' ', arguments)} exited with code {process.ExitCode}: {output.Result}{errors.Result}");
    }
}
