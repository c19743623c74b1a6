using System.Text.RegularExpressions;
using Tenon.Layers;

namespace Tenon.Gpt;

/// <summary>
/// GPT-2 and GPT-3: a decoder-only transformer with learned positions, pre-normalisation and tied embeddings (Radford
/// et al. 2019; Brown et al. 2020). Files are those of transformers' <c>GPT2LMHeadModel</c>.
/// </summary>
[Architecture("gpt", "Decoder-only language model: GPT-2 and GPT-3", ModelTypes = ["gpt2"], Stability = Stability.Stable,
    TestSettings = ["layers=2", "hiddenSize=32", "heads=4", "contextLength=24", "initializerRange=0.2"])]
public sealed partial class GptArchitecture : IArchitecture<GptOptions, GptModel>
{
    /// <inheritdoc/>
    public GptOptions Resolve(GptOptions options, ModelFacts facts) => ResolveTransformer(options, facts);

    /// <summary>Fills in sizes and special tokens; the result has the class of the options.</summary>
    internal static TOptions ResolveTransformer<TOptions>(TOptions options, ModelFacts facts) where TOptions : GptOptions
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(facts);
        string name = options.Preset ?? GptPresets.Default;
        if (!GptPresets.All.TryGetValue(name, out GptPreset? preset))
            throw new ModelException($"'preset' is '{name}'. Allowed: {string.Join(", ", GptPresets.All.Keys)}.");

        int hidden = options.HiddenSize ?? preset.HiddenSize;
        int heads = TransformerSizes.Heads(options.Heads, hidden, preset.HiddenSize, preset.Heads);

        int? end = options.EndOfText ?? facts.SpecialTokens.EndOfText;
        return (TOptions)(options with
        {
            Layers = options.Layers ?? preset.Layers,
            HiddenSize = hidden,
            Heads = heads,
            ContextLength = options.ContextLength ?? preset.ContextLength,
            VocabularySize = Vocabulary(options, facts.VocabularySize),
            FeedForwardSize = options.FeedForwardSize ?? 4 * hidden,
            EndOfText = end,
            BeginOfText = options.BeginOfText ?? facts.SpecialTokens.BeginOfText ?? end,
        });
    }

    /// <inheritdoc/>
    public GptModel Build(GptOptions options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(GptOptions options) => GptConfiguration.Describe(options);

    /// <inheritdoc/>
    public GptOptions Read(ModelConfiguration configuration) => GptConfiguration.Read<GptOptions>(configuration);

    /// <summary>
    /// Accepts the layout of OpenAI's original files too, which have no <c>transformer.</c> in front. Causal masks that
    /// were saved as buffers are no weights, and <c>lm_head.weight</c> is the token embedding once more.
    /// </summary>
    /// <inheritdoc/>
    public string? WeightName(string name) => TransformerWeightName(name);

    /// <summary>The name of a tensor of the transformer in a state dictionary; null for one that is no weight of it.</summary>
    internal static string? TransformerWeightName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name == "lm_head.weight" || MaskBuffer().IsMatch(name))
            return null;
        return name.StartsWith("transformer.", StringComparison.Ordinal) ? name : $"transformer.{name}";
    }

    private static int Vocabulary(GptOptions options, int? tokenizer)
    {
        if (options.VocabularySize < tokenizer)
        {
            throw new ModelException(
                $"'vocabularySize' is {options.VocabularySize}, but the tokenizer has {tokenizer} ids. " +
                "Leave it out to take the tokenizer's, set it at least as large, or use the tokenizer that belongs to the model.");
        }

        return options.VocabularySize
            ?? tokenizer
            ?? (options.Preset is not null ? GptPresets.VocabularySize : throw new ModelException(
                "'vocabularySize' is not set and the run has no tokenizer. Set it, name a tokenizer, or choose a preset."));
    }

    [GeneratedRegex(@"^(transformer\.)?h\.\d+\.attn\.(bias|masked_bias)$")]
    private static partial Regex MaskBuffer();
}
