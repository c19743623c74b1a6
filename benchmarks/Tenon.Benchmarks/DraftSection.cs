using Spectre.Console;
using Tenon.Gpt;

namespace Tenon.Benchmarks;

/// <summary>
/// A draft model (<c>--draft</c>) for the smallest GPT-2, with about an eighth of its work: one text, for different shares of tokens that
/// the draft proposes correctly. Trained models would be needed for a draft that agrees by itself.
/// </summary>
internal static class DraftSection
{
    private const int Prompt = 64, Tokens = 128, Proposed = 4;

    private static readonly (string Name, WeightFormat Format)[] _forms =
        [("fp32", WeightFormat.Fp32), ("bf16", WeightFormat.Bf16), ("int8", WeightFormat.Int8)];

    private static readonly int[] _percentages = [100, 90, 80, 60];

    /// <summary>Measures and shows the results. All variants run in one process, one after the other in each round.</summary>
    public static void Show(Settings settings)
    {
        int tokens = settings.Steps ?? Tokens;
        using IOpenDevice device = Case.Open(settings.Device, "fp32", settings.Threads);
        using GptModel model = RandomGpt.Build(RandomGpt.Gpt2), small = RandomGpt.Build(RandomGpt.Small);
        var text = new ScriptedText([.. Enumerable.Range(0, Prompt + tokens)], Prompt);
        var plain = _forms.ToDictionary(form => form.Name, _ => new List<(double PerSecond, double PerPass)>());
        var drafted = new Dictionary<(string Form, int Percent), List<(double PerSecond, double PerPass)>>();
        for (int round = 0; round < settings.Rounds; round++)
        {
            foreach ((string form, WeightFormat format) in _forms)
            {
                model.PackWeights(format);
                small.PackWeights(format);
                plain[form].Add(text.Generate(model));
                foreach (int percent in _percentages)
                {
                    using var draft = new ScriptedModel(small, Draft(text, percent));
                    (double PerSecond, double PerPass) result =
                        text.Generate(model, draft: new DraftModel(draft) { Tokens = Proposed });
                    if (!drafted.TryGetValue((form, percent), out List<(double PerSecond, double PerPass)>? results))
                        results = drafted[(form, percent)] = [];
                    results.Add(result);
                    Console.Error.WriteLine(
                        $"round {round + 1} of {settings.Rounds}: {form}, {percent}%: {result.PerSecond:N1} per second");
                }
            }
        }

        Table table = Settings.Table(
            $"a draft that proposes {Proposed} tokens for GPT-2 124M, 1 sequence, {tokens} tokens, {settings.Where}, " +
            $"medians of {settings.Rounds}",
            "weights, correct tokens of the draft", "tokens per second", "with the draft", "ratio", "tokens per pass");
        foreach (((string form, int percent), List<(double PerSecond, double PerPass)> results) in drafted)
        {
            table.AddRow(
                $"{form}, {percent}%", $"{ScriptedText.Middle(plain[form]):N1}", $"{ScriptedText.Middle(results):N1}",
                $"{ScriptedText.Ratio(results, plain[form]):F2}", $"{results[0].PerPass:F1}");
        }

        Settings.Show(table);
    }

    // The tokens that the draft proposes: some are not those of the text, at random places that are always the same.
    private static int[] Draft(ScriptedText text, int percent)
    {
        var random = new Random(1);
        return [.. text.Tokens.Select(token => random.Next(100) < percent ? token : token + 1_000)];
    }
}
