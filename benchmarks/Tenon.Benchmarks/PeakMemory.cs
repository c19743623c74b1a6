using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Tenon.Benchmarks;

/// <summary>The peak memory of commands, each in its own process.</summary>
internal static class PeakMemory
{
    private const string Field = "VmHWM:";

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
        {
            string? line = File.ReadLines($"/proc/{process.Id}/status")
                .FirstOrDefault(each => each.StartsWith(Field, StringComparison.Ordinal));
            if (line is not null)
                peak = double.Parse(line[Field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        }

        return process.ExitCode == 0
            ? peak
            : throw new InvalidOperationException(
                $"tenon {string.Join(' ', arguments)} exited with code {process.ExitCode}: {output.Result}{errors.Result}");
    }

    /// <summary>Writes a byte-level tokenizer whose merges join any two characters.</summary>
    /// <param name="folder">Receives <c>vocab.json</c> and <c>merges.txt</c>.</param>
    /// <param name="vocabulary">Size of the vocabulary, up to 65,793.</param>
    public static void WriteTokenizer(string folder, int vocabulary)
    {
        // The printable characters that represent bytes in GPT-2's vocabulary.
        string[] bytes = [.. Enumerable.Range('!', '~' - '!' + 1).Concat(Enumerable.Range(0xA1, 0xAC - 0xA1 + 1))
            .Concat(Enumerable.Range(0xAE, 0xFF - 0xAE + 1)).Concat(Enumerable.Range(0x100, 68)).Select(code => ((char)code).ToString())];
        (string Left, string Right)[] merges =
            [.. bytes.SelectMany(left => bytes.Select(right => (left, right))).Take(vocabulary - bytes.Length - 1)];
        string[] tokens = [.. bytes, .. merges.Select(merge => merge.Left + merge.Right), "<|endoftext|>"];
        File.WriteAllText(
            Path.Combine(folder, "vocab.json"),
            JsonSerializer.Serialize(tokens.Index().ToDictionary(entry => entry.Item, entry => entry.Index)));
        File.WriteAllLines(
            Path.Combine(folder, "merges.txt"), ["#version: 0.2", .. merges.Select(merge => $"{merge.Left} {merge.Right}")]);
    }
}
