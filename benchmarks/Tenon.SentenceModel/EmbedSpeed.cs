using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Tenon.Host;
using Tenon.Host.Models;

namespace Tenon.SentenceModel;

/// <summary>
/// Compares the CPU time and peak memory of Tenon and ONNX Runtime for embedding 1,000 sentences on one thread. Each run is a
/// separate process, and runs of the two programs alternate. Both use fp32, the same tokenizer and the same batches.
/// </summary>
internal static class EmbedSpeed
{
    /// <summary>Default number of rounds. Each round runs both programs once.</summary>
    public const int Rounds = 5;

    private const string Tenon = "tenon", Onnx = "onnx";
    private const int Count = 1000, Passes = 2, MedianWords = 21;

    /// <summary>Runs all rounds and prints the results as a table.</summary>
    /// <param name="folder">Folder of the model.</param>
    /// <param name="rounds">Number of rounds.</param>
    public static int Show(string folder, int rounds)
    {
        var pairs = new List<(Result Tenon, Result Onnx)>();
        for (int round = 0; round < rounds; round++)
        {
            // Neither program always runs first, in case the machine speeds up or slows down.
            Result first = Start(folder, round % 2 == 0 ? Tenon : Onnx), second = Start(folder, round % 2 == 0 ? Onnx : Tenon);
            pairs.Add(round % 2 == 0 ? (first, second) : (second, first));
        }

        Console.WriteLine($"{Count} sentences with a median of {MedianWords + 2} tokens, 1 thread, medians of {rounds} rounds");
        Console.WriteLine("| program | CPU time, s | sentences per second | peak memory, MiB |\n|---|---|---|---|");
        Row("Tenon", [.. pairs.Select(pair => pair.Tenon)]);
        Row("ONNX Runtime", [.. pairs.Select(pair => pair.Onnx)]);
        double speed = Middle([.. pairs.Select(pair => pair.Onnx.Seconds / pair.Tenon.Seconds)]);
        double memory = Middle([.. pairs.Select(pair => (double)pair.Tenon.Peak / pair.Onnx.Peak)]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Tenon runs at {speed:F2} times ONNX Runtime's speed and uses {memory:F2} times its memory (medians of the rounds' ratios)."));
        return 0;

        void Row(string name, Result[] results)
        {
            double seconds = Middle([.. results.Select(result => result.Seconds)]);
            double peak = Middle([.. results.Select(result => (double)result.Peak)]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {seconds:F2} | {Count / seconds:F0} | {peak / (1 << 20):F0} |"));
        }
    }

    /// <summary>Performs one run and prints the CPU time per pass, in seconds, and the peak memory, in bytes.</summary>
    /// <param name="folder">Folder of the model.</param>
    /// <param name="variant">The program, <c>tenon</c> or <c>onnx</c>.</param>
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
        pass(); // warms up the JIT and the caches
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
            throw new InvalidOperationException($"The run '{variant}' exited with code {process.ExitCode}.");
        var result = new Result(
            double.Parse(numbers[0], CultureInfo.InvariantCulture), long.Parse(numbers[1], CultureInfo.InvariantCulture));
        Console.Error.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{variant} {result.Seconds:F2} s, {result.Peak / (1 << 20)} MiB"));
        return result;
    }

    // Draws whole words of the vocabulary, so that each word is one token. Lengths of sentences follow a log-normal distribution.
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
