using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Tenon.Host;
using Tenon.Host.Models;
using static TorchSharp.torch;

namespace Tenon.Benchmarks;

/// <summary>
/// Compares texts that are generated together with the native libraries of llama.cpp, on which its server is built: GPT-2 124M with
/// random weights in bf16. In each round, both run once for each number of texts, each in its own process.
/// </summary>
internal static class LlamaCppStreamsSection
{
    private const int Tokens = 96;
    private static readonly int[] _counts = [1, 4, 16];

    /// <summary>Measures and shows the results.</summary>
    public static void Show(Settings settings)
    {
        int tokens = settings.Steps ?? Tokens;
        string folder = Directory.CreateTempSubdirectory("tenon-benchmark-").FullName;
        try
        {
            string model = Path.Combine(folder, "gpt2"), file = Path.Combine(folder, "gpt2-bf16.gguf");
            LlamaCppSection.WriteModel("gpt2", model);
            PeakMemory.Of("export", model, "--weights", "bf16", "--output", file);
            Table table = Settings.Table(
                $"texts generated together, GPT-2 124M in bf16, {tokens} tokens each, {settings.Where}, medians of {settings.Rounds}; " +
                "ratio: Tenon / llama.cpp",
                "texts", "tokens/s", "llama.cpp", "ratio");
            foreach (int count in _counts)
            {
                List<(double Own, double Other)> rounds = PairedRounds.Measure(
                    settings.Rounds, $"{count} texts", () => Measure(settings, count, tokens, "own-streams", model),
                    () => Measure(settings, count, tokens, "native-streams", settings.Folders[0], file));
                table.AddRow([$"{count}", .. PairedRounds.Cells(rounds, perSecond => perSecond, "N1")]);
            }

            Settings.Show(table);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Measures texts in one batch in this process and prints the result.</summary>
    /// <param name="folder">Folder of the model.</param>
    /// <param name="threads">Number of threads.</param>
    /// <param name="count">Number of texts.</param>
    /// <param name="tokens">Number of new tokens of each.</param>
    public static void PrintOwn(string folder, int threads, int count, int tokens)
    {
        using var host = new TenonHost(new TenonOptions(), NullLoggerFactory.Instance);
        using OpenedModel opened = host.Open(
            folder, "cpu", [$"--device:threads={threads}", "--device:precision=fp32"], weights: "bf16");
        using var untracked = no_grad();
        using IDisposable inference = InferenceMode.Enter();
        var options = new SamplingOptions { MaxNewTokens = tokens + 2, Temperature = 0 };
        using var batch = new GenerationBatch((ICausalLanguageModel)opened.Model, options, endOfText: []);
        for (int i = 0; i < count; i++)
            batch.Add([First(i)], new SeededRandom((ulong)i));
        batch.Step();
        batch.Step();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < tokens; i++)
            batch.Step();
        Print(count * tokens / Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>Measures llama.cpp in this process and prints the result.</summary>
    /// <param name="folder">Folder of its native libraries.</param>
    /// <param name="file">The model.</param>
    /// <param name="threads">Number of threads.</param>
    /// <param name="count">Number of texts.</param>
    /// <param name="tokens">Number of new tokens of each.</param>
    public static void PrintNative(string folder, string file, int threads, int count, int tokens)
    {
        using var model = new NativeLlama(folder, file, 256, 256, threads, LlamaCppSection.Vocabulary, count);
        int[] next = model.NextOfEach([.. Enumerable.Range(0, count).Select(First)], 0);
        next = model.NextOfEach(next, 1);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < tokens; i++)
            next = model.NextOfEach(next, i + 2);
        Print(count * tokens / Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static int First(int text) => text * 37 + 100;

    private static double Measure(Settings settings, int count, int tokens, params string[] what) => Case.Result<double>(
        [.. what, .. new[] { settings.Threads, count, tokens }.Select(number => number.ToString(CultureInfo.InvariantCulture))]);

    private static void Print(double speed) => Console.WriteLine(Case.Marker + JsonSerializer.Serialize(speed));
}
