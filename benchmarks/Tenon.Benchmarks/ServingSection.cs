using System.Diagnostics;
using Spectre.Console;
using Tenon.Gpt;
using TorchSharp;

namespace Tenon.Benchmarks;

/// <summary>
/// Many texts of the smallest GPT-2 in one running batch, with weights in bf16: tokens per second, and the longest waits for the next
/// token while a long prompt arrives.
/// </summary>
internal static class ServingSection
{
    private const int Tokens = 48, Part = 256, LongPrompt = 768;
    private static readonly int[] Counts = [1, 4, 16, 64];

    /// <summary>Measures and shows the results.</summary>
    public static void Show(Settings settings)
    {
        int tokens = settings.Steps ?? Tokens;
        using IOpenDevice device = Case.Open(settings.Device, "fp32", settings.Threads);
        using GptModel model = RandomGpt.Build(RandomGpt.Gpt2);
        model.to(device.Torch);
        model.PackWeights(WeightFormat.Bf16);
        using IDisposable inference = InferenceMode.Enter();
        var speeds = Counts.ToDictionary(count => count, _ => new List<double>());
        var waits = new (string Name, int? Part, List<double> Seconds)[]
        {
            ("no long prompt", null, []), ("processed at once", null, []), ($"in parts of {Part} tokens", Part, []),
        };
        for (int round = 0; round < settings.Rounds; round++)
        {
            foreach (int count in Counts)
            {
                speeds[count].Add(Speed(model, count, tokens));
                Console.Error.WriteLine($"round {round + 1} of {settings.Rounds}: {count} texts, {speeds[count][^1]:N1} tokens per second");
            }

            foreach ((int at, (string name, int? part, List<double> seconds)) in waits.Index())
                seconds.Add(LongestWait(model, tokens, part, arrives: at > 0));
        }

        double alone = CaseResult.Middle([.. speeds[1]]);
        Table table = Settings.Table(
            $"texts in one batch, GPT-2 124M in bf16, {tokens} tokens each, {settings.Where}, medians of {settings.Rounds}",
            "texts", "tokens per second", "ratio to one text");
        foreach ((int count, List<double> measured) in speeds)
            table.AddRow($"{count}", $"{CaseResult.Middle([.. measured]):N1}", $"{CaseResult.Middle([.. measured]) / alone:F2}");
        Settings.Show(table);
        table = Settings.Table(
            $"longest wait for the next token of 4 texts while a prompt of {LongPrompt} tokens arrives", "the prompt", "milliseconds");
        foreach ((string name, _, List<double> seconds) in waits)
            table.AddRow(name, $"{1000 * CaseResult.Middle([.. seconds]):N0}");
        Settings.Show(table);
    }

    // Texts with prompts of different lengths and options of their own.
    private static double Speed(GptModel model, int count, int tokens)
    {
        using GenerationBatch batch = Batch(model, count, tokens, part: null);
        batch.Step();
        long start = Stopwatch.GetTimestamp();
        int steps = 0;
        for (; batch.Rows.Count > 0; steps++)
            batch.Step();
        return count * steps / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double LongestWait(GptModel model, int tokens, int? part, bool arrives)
    {
        using GenerationBatch batch = Batch(model, 4, tokens, part);
        double longest = 0;
        for (int step = 0; batch.Rows.Count > 0; step++)
        {
            if (step == tokens / 4 && arrives)
                batch.Add([.. Enumerable.Range(0, LongPrompt)], new SeededRandom(9));
            long start = Stopwatch.GetTimestamp();
            batch.Step();
            if (step > 0)
                longest = Math.Max(longest, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return longest;
    }

    private static GenerationBatch Batch(GptModel model, int count, int tokens, int? part)
    {
        var batch = new GenerationBatch(model, new SamplingOptions { MaxNewTokens = tokens }, endOfText: []) { PrefillTokens = part };
        for (int i = 0; i < count; i++)
        {
            batch.Add(new GenerationRequest([.. Enumerable.Range(i, 8 + i % 8)], new SeededRandom((ulong)i))
            {
                Options = new SamplingOptions { MaxNewTokens = tokens, Temperature = 0.5 + i % 4 * 0.25 },
            });
        }

        return batch;
    }
}
