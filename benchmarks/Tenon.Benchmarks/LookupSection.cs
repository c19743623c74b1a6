using System.Diagnostics;
using Spectre.Console;
using Tenon.Gpt;
using static TorchSharp.torch;

namespace Tenon.Benchmarks;

/// <summary>
/// Prompt lookup with the smallest GPT-2: one text that repeats its prompt, unchanged or with every tenth token replaced, with and without
/// guesses.
/// </summary>
internal static class LookupSection
{
    private const int Prompt = 128, Tokens = 128, Guesses = 10, Vocabulary = 50257;

    /// <summary>Measures and shows the results. All variants run in one process, one after the other in each round.</summary>
    public static void Show(Settings settings)
    {
        int tokens = settings.Steps ?? Tokens;
        using IOpenDevice device = Case.Open(settings.Device, "fp32", settings.Threads);
        var architecture = new GptArchitecture();
        GptOptions options = architecture.Resolve(
            new GptOptions { Preset = "gpt2", VocabularySize = Vocabulary },
            new ModelFacts(Vocabulary, new SpecialTokens(), new DataFacts()));
        using Generator seeded = manual_seed(1);
        using GptModel model = architecture.Build(options, new BuildContext(CPU, new Autocast()));
        model.eval();

        (string Name, WeightFormat Format)[] forms =
            [("fp32", WeightFormat.Fp32), ("bf16", WeightFormat.Bf16), ("int8", WeightFormat.Int8)];
        (string Name, int? ReplacedEvery)[] texts = [("unchanged", null), ("every tenth token replaced", 10)];
        int[] guesses = [0, Guesses];
        var measured = new Dictionary<(string Form, string Text, int Guesses), List<(double PerSecond, double PerPass)>>();
        for (int round = 0; round < settings.Rounds; round++)
        {
            foreach ((string form, WeightFormat format) in forms)
            {
                model.PackWeights(format);
                foreach ((string text, int? replacedEvery) in texts)
                {
                    int[] script = Script(tokens, replacedEvery);
                    foreach (int count in guesses)
                    {
                        (double PerSecond, double PerPass) result = Generate(model, script, tokens, count);
                        if (!measured.TryGetValue((form, text, count), out List<(double PerSecond, double PerPass)>? results))
                            results = measured[(form, text, count)] = [];
                        results.Add(result);
                        Console.Error.WriteLine(
                            $"round {round + 1} of {settings.Rounds}: {form}, {text}, {count} guesses: {result.PerSecond:N1} per second");
                    }
                }
            }
        }

        Table table = Settings.Table(
            $"prompt lookup with GPT-2 124M, 1 sequence, a prompt of {Prompt} tokens and {tokens} that repeat it, {settings.Where}, " +
            $"medians of {settings.Rounds}",
            "weights, text", "tokens per second", $"with up to {Guesses} guesses", "ratio", "tokens per pass");
        foreach ((string form, _) in forms)
        {
            foreach ((string text, _) in texts)
            {
                List<(double PerSecond, double PerPass)> plain = measured[(form, text, 0)], guessed = measured[(form, text, Guesses)];
                double ratio = CaseResult.Middle([.. guessed.Zip(plain, (variant, other) => variant.PerSecond / other.PerSecond)]);
                table.AddRow(
                    $"{form}, {text}", $"{Middle(plain):N1}", $"{Middle(guessed):N1}", $"{ratio:F2}", $"{guessed[0].PerPass:F1}");
            }
        }

        Settings.Show(table);
    }

    private static double Middle(List<(double PerSecond, double PerPass)> results) =>
        CaseResult.Middle([.. results.Select(result => result.PerSecond)]);

    // Different tokens as the prompt, and again as the text.
    private static int[] Script(int tokens, int? replacedEvery)
    {
        int[] script = [.. Enumerable.Range(0, Prompt + tokens).Select(at => at % Prompt)];
        for (int at = Prompt; at < script.Length; at++)
        {
            if (at % replacedEvery == 0)
                script[at] = 1000 + at;
        }

        return script;
    }

    private static (double PerSecond, double PerPass) Generate(GptModel model, int[] script, int tokens, int guesses)
    {
        using var scripted = new ScriptedModel(model, script);
        using var batch = new GenerationBatch(
            scripted, new SamplingOptions { Temperature = 0, MaxNewTokens = tokens + 1, PromptLookup = guesses }, endOfText: []);
        GenerationRow row = batch.Add(script[..Prompt], new SeededRandom(1));
        batch.Step(); // processes the prompt
        (long start, int passes) = (Stopwatch.GetTimestamp(), scripted.Passes);
        while (batch.Rows.Count > 0)
            batch.Step();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return row.Tokens.Take(tokens).SequenceEqual(script[Prompt..])
            ? (tokens / seconds, (double)tokens / (scripted.Passes - passes))
            : throw new InvalidOperationException("The text is not that of the script.");
    }
}
