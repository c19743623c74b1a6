using System.Diagnostics;
using Tenon.Gpt;

namespace Tenon.Benchmarks;

/// <summary>A text that a model generates because it is given (<see cref="ScriptedModel"/>), after its prompt.</summary>
/// <param name="Tokens">The tokens of prompt and text.</param>
/// <param name="Prompt">Number of tokens of the prompt.</param>
internal sealed record ScriptedText(int[] Tokens, int Prompt)
{
    /// <summary>Generates the text and checks it.</summary>
    /// <param name="model">Does the work. Not disposed.</param>
    /// <param name="guesses">Tokens to guess from the text so far (<see cref="SamplingOptions.PromptLookup"/>); 0 for none.</param>
    /// <param name="draft">Proposes tokens; null for none.</param>
    /// <returns>Tokens per second after the prompt, and tokens per pass of the model.</returns>
    /// <exception cref="InvalidOperationException">The text is another one.</exception>
    public (double PerSecond, double PerPass) Generate(GptModel model, int guesses = 0, DraftModel? draft = null)
    {
        int tokens = Tokens.Length - Prompt;
        using var scripted = new ScriptedModel(model, Tokens);
        using var batch = new GenerationBatch(
            scripted, new SamplingOptions { Temperature = 0, MaxNewTokens = tokens + 1, PromptLookup = guesses }, endOfText: [])
        {
            Draft = draft,
        };
        GenerationRow row = batch.Add(Tokens[..Prompt], new SeededRandom(1));
        batch.Step(); // processes the prompt
        (long start, int passes) = (Stopwatch.GetTimestamp(), scripted.Passes);
        while (batch.Rows.Count > 0)
            batch.Step();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return row.Tokens.Take(tokens).SequenceEqual(Tokens[Prompt..])
            ? (tokens / seconds, (double)tokens / (scripted.Passes - passes))
            : throw new InvalidOperationException("The text is not that of the script.");
    }

    /// <summary>The median of the tokens per second.</summary>
    public static double Middle(List<(double PerSecond, double PerPass)> results) =>
        CaseResult.Middle([.. results.Select(result => result.PerSecond)]);

    /// <summary>The median of the ratios of rounds.</summary>
    public static double Ratio(
        List<(double PerSecond, double PerPass)> results, List<(double PerSecond, double PerPass)> baseline) =>
        CaseResult.Middle([.. results.Zip(baseline, (variant, other) => variant.PerSecond / other.PerSecond)]);
}
