using Spectre.Console;
using Tenon.Gpt;

namespace Tenon.Benchmarks;

/// <summary>
/// Prompt lookup with the smallest GPT-2: one text that repeats its prompt, unchanged or with every tenth token replaced, with and without
/// guesses.
/// </summary>
internal static class LookupSection
{
    private const int Prompt = 128, Tokens = 128, Guesses = 10;

    /// <summary>Measures and shows the results. All variants run in one process, one after the other in each round.</summary>
    public static void Show(Settings settings)
    {
        int tokens = settings.Steps ?? Tokens;
        using IOpenDevice device = Case.Open(settings.Device, "fp32", settings.Threads);
        using GptModel model = RandomGpt.Build(RandomGpt.Gpt2);
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
                    var script = new ScriptedText(Script(tokens, replacedEvery), Prompt);
                    foreach (int count in guesses)
                    {
                        (double PerSecond, double PerPass) result = script.Generate(model, count);
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
                table.AddRow(
                    $"{form}, {text}", $"{ScriptedText.Middle(plain):N1}", $"{ScriptedText.Middle(guessed):N1}",
                    $"{ScriptedText.Ratio(guessed, plain):F2}", $"{guessed[0].PerPass:F1}");
            }
        }

        Settings.Show(table);
    }

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
}
