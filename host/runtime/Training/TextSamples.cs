using System.Globalization;
using System.Text;
using Tenon.Host.Events;
using Tenon.Host.Native;
using Tenon.Host.Recipes;

namespace Tenon.Host.Training;

/// <summary>A language model's continuations of the recipe's prompts, or their targets, in one file per step.</summary>
/// <param name="parts">The parts of the run.</param>
/// <param name="model">The run's model.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="prompts">At least one.</param>
internal sealed class TextSamples(RunParts parts, ICausalLanguageModel model, ITokenizer tokenizer, IReadOnlyList<string> prompts) : Samples
{
    /// <inheritdoc/>
    public override string Activity => "generating samples";

    /// <inheritdoc/>
    public override void Write(SeededRandom random, long step)
    {
        SampleOptions options = parts.Recipe.Samples;
        var sampling = new SamplingOptions { MaxNewTokens = options.MaxNewTokens, Temperature = options.Temperature, TopK = options.TopK };
        // The user's cancellation is ignored here: samples are short, and the checkpoint is written after them.
        IReadOnlyList<Continuation> made = parts.Generator.Generate(
            model, tokenizer, prompts, sampling, random.Fork(step), onText: null, CancellationToken.None);
        if (!parts.World.IsWriter)
            return;
        var text = new StringBuilder();
        // A target is a text of its own; a continuation is not.
        string separator = model is IEncoderDecoder ? " → " : "";
        foreach ((string prompt, Continuation continuation) in prompts.Zip(made))
            text.Append(CultureInfo.InvariantCulture, $"{prompt}{separator}{continuation.Text}\n\n");
        string file = FileOf(parts, step, ".txt");
        Durable.WriteText(file, text.ToString());
        parts.Events.Publish(new SamplesWritten(step, file, text.ToString()));
    }
}
