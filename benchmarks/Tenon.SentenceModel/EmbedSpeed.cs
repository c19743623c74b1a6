using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Tenon.Host;
using Tenon.Host.Models;

namespace Tenon.SentenceModel;

/// <summary>
/// CPU time and peak memory of embedding 1,000 sentences on one thread, for Tenon and for ONNX Runtime. Each run is a process of
/// its own, and the two alternate. Both use the same tokenizer, the same batches and fp32.
/// </summary>
internal static class EmbedSpeed
{
    /// <summary>Default number of pairs of runs.</summary>
    public const int Rounds = 5;

    private const string Tenon = "tenon", Onnx = "onnx";
    private const int Count = 1000, Passes = 2, MedianWords = 21;

    /// <summary>Runs the pairs and prints the table.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="rounds">Number of pairs.</param>
    public static int Show(string folder, int rounds)
    {
        var pairs = new List<(Result Tenon, Result Onnx)>();
        for (int round = 0; round < rounds; round++)
        {
            // The order of the two alternates.
            Result first = Start(folder, round % 2 == 0 ? Tenon : Onnx), second = Start(folder, round % 2 == 0 ? Onnx : Tenon);
            pairs.Add(round % 2 == 0 ? (first, second) : (second, first));
        }

        Console.WriteLine($"{Count} sentences of {MedianWords + 2} tokens in the median, 1 thread, medians of {rounds} pairs");
        Console.WriteLine("| program | CPU time, s | sentences per second | peak memory, MiB |\n|---|---|---|---|");
        Row("Tenon", [.. pairs.Select(pair => pair.Tenon)]);
        Row("ONNX Runtime", [.. pairs.Select(pair => pair.Onnx)]);
        double speed = Middle([.. pairs.Select(pair => pair.Onnx.Seconds / pair.Tenon.Seconds)]);
        double memory = Middle([.. pairs.Select(pair => (double)pair.Tenon.Peak / pair.Onnx.Peak)]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Tenon has {speed:F2} of ONNX Runtime's speed and {memory:F2} of its memory (medians of the pairs' ratios)."));
        return 0;

        void Row(string name, Result[] results)
        {
            double seconds = Middle([.. results.Select(result => result.Seconds)]);
            double peak = Middle([.. results.Select(result => (double)result.Peak)]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {seconds:F2} | {Count / seconds:F0} | {peak / (1 << 20):F0} |"));
        }
    }

    /// <summary>One run: prints the CPU time of a pass and the peak memory.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="variant">Which program.</param>
    public static int Run(string folder, string variant)
    {
        string[] sentences = Draw(File.ReadAllLines(Path.Combine(folder, "vocab.txt")));
        using var host = new TenonHost(new TenonOptions(), NullLoggerFactory.Instance);
        double seconds;
        if (variant == Onnx)
        {
            using var encoder = new OnnxEncoder(HubFolder.OnnxFile(folder), host.OpenTokenizer(folder), threads: 1);
            seconds = Time(() => encoder.Encode(sentences).Length);
        }
        else
        {
            using OpenedModel model = host.Open(folder, "cpu", ["--device:threads=1", "--device:precision=fp32"]);
            seconds = Time(() => model.Embed(sentences).Count());
        }

        using var process = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds} {process.PeakWorkingSet64}"));
        return 0;
    }

    private static double Time(Func<int> pass)
    {
        pass(); // compiles the code and fills the caches
        using var process = Process.GetCurrentProcess();
        TimeSpan before = process.TotalProcessorTime;
        for (int i = 0; i < Passes; i++)
        {
            if (pass() != Count)
                throw new InvalidOperationException("A sentence has no vector.");
        }

        process.Refresh();
        return (process.TotalProcessorTime - before).TotalSeconds / Passes;
    }

    private static Result Start(string folder, string variant)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [folder, "run", variant]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string[] numbers = process.StandardOutput.ReadToEnd().Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"The run '{variant}' ended with exit code {process.ExitCode}.");
        var result = new Result(
            double.Parse(numbers[0], CultureInfo.InvariantCulture), long.Parse(numbers[1], CultureInfo.InvariantCulture));
        Console.Error.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{variant} {result.Seconds:F2} s, {result.Peak / (1 << 20)} MiB"));
        return result;
    }

    // Whole words of the vocabulary, so that a word is a token; their number is log-normal.
    private static string[] Draw(string[] vocabulary)
    {
        string[] words = [.. vocabulary.Where(word => word.Length > 2 && word.All(char.IsAsciiLetterLower))];
        var random = new Random(1);
        return [.. Enumerable.Range(0, Count).Select(_ => string.Join(' ', random.GetItems(words, Length(random))))];
    }

    private static int Length(Random random)
    {
        double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return (int)Math.Round(MedianWords * Math.Exp(0.5 * normal));
    }

    private static double Middle(double[] values) => values.Order().ElementAt(values.Length / 2);

    private sealed record Result(double Seconds, long Peak);
}
