using System.Globalization;
using System.Text;
using Tenon.Host.Artifacts;
using Tenon.Host.Recipes;

namespace Tenon.Host.Training;

/// <summary>Texts that a language model makes from the recipe's prompts: on the screen, and in a file for each time.</summary>
/// <param name="parts">Generator, options, folder, screen.</param>
/// <param name="model">The run's model.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="prompts">At least one.</param>
internal sealed class TextSamples(RunParts parts, ICausalLanguageModel model, ITokenizer tokenizer, IReadOnlyList<string> prompts) : Samples
{
    /// <inheritdoc/>
    public override string Doing => "generating samples";

    /// <inheritdoc/>
    public override void Write(SeededRandom random, long step)
    {
        SampleOptions options = parts.Recipe.Samples;
        var sampling = new SamplingOptions { MaxNewTokens = options.MaxNewTokens, Temperature = options.Temperature, TopK = options.TopK };
        // Not the user's wish to stop: the checkpoint comes after the samples, which are short.
        IReadOnlyList<Continuation> made = parts.Generator.Generate(
            model, tokenizer, prompts, sampling, random.Fork(step), onText: null, CancellationToken.None);
        var text = new StringBuilder();
        foreach ((string prompt, Continuation continuation) in prompts.Zip(made))
            text.Append(CultureInfo.InvariantCulture, $"{prompt}{continuation.Text}\n\n");
        Durable.WriteText(FileOf(parts, step, ".txt"), text.ToString());
        parts.Progress.Say($"samples after step {step}:\n{text.ToString().TrimEnd()}");
    }
}
