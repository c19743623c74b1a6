using System.Text.RegularExpressions;
using Tenon.Layers;

namespace Tenon.Gpt;

/// <summary>
/// GPT-2 and GPT-3: a decoder-only transformer with learned positions, pre-normalization and tied embeddings (Radford et al.
/// 2019; Brown et al. 2020). Reads and writes the files of transformers' <c>GPT2LMHeadModel</c>.
/// </summary>
[Architecture("gpt", "Decoder-only language model: GPT-2 and GPT-3", ModelTypes = ["gpt2"], Stability = Stability.Stable,
    TestSettings = ["layers=2", "hiddenSize=32", "heads=4", "contextLength=24", "initializerRange=0.2"])]
public sealed partial class GptArchitecture : IArchitecture<GptOptions, GptModel>
{
    /// <summary>transformers' name for the head.</summary>
    internal const string HeadName = "lm_head";

    /// <inheritdoc/>
    public GptOptions Resolve(GptOptions options, ModelFacts facts) => ResolveTransformer(options, facts);

    /// <summary>Fills in sizes and special tokens. The result has the same class as the options.</summary>
    internal static TOptions ResolveTransformer<TOptions>(TOptions options, ModelFacts facts) where TOptions : GptOptions
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(facts);
        GptPreset preset = GptPresets.All.Find(options.Preset);
        TransformerShape shape = preset.Shape.With(options.Layers, options.HiddenSize, options.Heads, options.FeedForwardSize);
        int? end = options.EndOfText ?? facts.SpecialTokens.EndOfText;
        return (TOptions)(options with
        {
            Layers = shape.Layers,
            HiddenSize = shape.HiddenSize,
            Heads = shape.Heads,
            FeedForwardSize = shape.FeedForwardSize,
            ContextLength = options.ContextLength ?? preset.ContextLength,
            VocabularySize = DecoderConfiguration.ResolveVocabulary(
                options.VocabularySize, facts.VocabularySize, options.Preset is null ? null : GptPresets.VocabularySize),
            EndOfText = end,
            BeginOfText = options.BeginOfText ?? facts.SpecialTokens.BeginOfText ?? end,
        });
    }

    /// <inheritdoc/>
    public GptModel Build(GptOptions options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(GptOptions options) => new(ConfigMap.Write(options, GptConfiguration.Map));

    /// <inheritdoc/>
    public GptOptions Read(ModelConfiguration configuration) =>
        ConfigMap.Read(configuration, "config.json", new GptOptions(), GptConfiguration.Map);

    /// <summary>
    /// Also accepts the layout of OpenAI's original files, whose names do not start with <c>transformer.</c> Causal masks
    /// that were saved as buffers are not weights, and <c>lm_head.weight</c> repeats the token embedding of a tied model.
    /// </summary>
    /// <inheritdoc/>
    public string? WeightName(string name) => TransformerWeightName(name);

    /// <inheritdoc/>
    public Tensor? Adapt(string name, Tensor found, IReadOnlyList<long> wanted) => ShorterPositions(name, found, wanted);

    /// <summary>Keeps only the first learned positions if the context is shorter.</summary>
    internal static Tensor? ShorterPositions(string name, Tensor found, IReadOnlyList<long> wanted) =>
        name == "transformer.wpe.weight" ? PositionTable.Shorter(found, wanted) : null;

    /// <summary>The name of a tensor of the transformer in a state dictionary; null if it is not a weight.</summary>
    internal static string? TransformerWeightName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name == $"{HeadName}.weight" || MaskBuffer().IsMatch(name))
            return null;
        return Transformer().IsMatch(name) ? $"transformer.{name}" : name;
    }

    /// <summary>
    /// Whether a tensor belongs to a head rather than to the transformer, as in files with a value head or a second head.
    /// </summary>
    /// <param name="name">Name in the state dictionary.</param>
    internal static bool IsOfHead(string name) => !name.StartsWith("transformer.", StringComparison.Ordinal);

    /// <inheritdoc/>
    public bool IsHead(string name) => IsOfHead(name);

    [GeneratedRegex(@"^(wte|wpe|h|ln_f)\.")]
    private static partial Regex Transformer();

    [GeneratedRegex(@"^(transformer\.)?h\.\d+\.attn\.(bias|masked_bias)$")]
    private static partial Regex MaskBuffer();
}
