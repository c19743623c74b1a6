using Tenon.Host.Recipes;
using System.Globalization;
using System.Text;
using Tenon.Host.Artifacts;

namespace Tenon.Host.Training;

/// <summary>Texts that the model makes from the recipe's prompts: on the screen, and in a file for each time.</summary>
internal static class Samples
{
    /// <summary>Generates and writes.</summary>
    /// <param name="parts">Model, tokenizer, generator, options, folder, screen.</param>
    /// <param name="prompts">At least one.</param>
    /// <param name="random">The only source of chance.</param>
    /// <param name="step">Steps done; names the file.</param>
    public static void Write(RunParts parts, IReadOnlyList<string> prompts, SeededRandom random, long step)
    {
        SampleOptions options = parts.Recipe.Samples;
        var sampling = new SamplingOptions { MaxNewTokens = options.MaxNewTokens, Temperature = options.Temperature, TopK = options.TopK };
        // Not the user's wish to stop: the checkpoint comes after the samples, which are short.
        IReadOnlyList<Continuation> made = parts.Generator.Generate(
            (ICausalLanguageModel)parts.Model, parts.Tokenizer!, prompts, sampling, random, onText: null, CancellationToken.None);
        var text = new StringBuilder();
        foreach ((string prompt, Continuation continuation) in prompts.Zip(made))
            text.Append(CultureInfo.InvariantCulture, $"{prompt}{continuation.Text}\n\n");
        Directory.CreateDirectory(parts.Folder.Samples);
        Durable.WriteText(Path.Combine(parts.Folder.Samples, string.Create(CultureInfo.InvariantCulture, $"step-{step:D8}.txt")), text.ToString());
        parts.Progress.Say($"samples after step {step}:\n{text.ToString().TrimEnd()}");
    }
}
