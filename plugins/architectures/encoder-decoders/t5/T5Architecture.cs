using Tenon.Layers;

namespace Tenon.T5;

/// <summary>
/// T5: an encoder and a decoder with relative positions and pre-normalization (Raffel et al. 2019), also in version 1.1 with a gated
/// feed-forward network and a separate head. Reads and writes the files of transformers' <c>T5ForConditionalGeneration</c>.
/// </summary>
[Architecture("t5", "Encoder-decoder that turns text into text: T5 and its version 1.1", ModelTypes = ["t5"], Stability = Stability.Preview,
    TestSettings = ["layers=2", "hiddenSize=32", "heads=4", "contextLength=24", "relativeBuckets=8", "relativeMaxDistance=16"])]
public sealed class T5Architecture : IArchitecture<T5Options, T5Model>
{
    /// <summary>transformers' name for the head.</summary>
    internal const string HeadName = "lm_head";

    /// <inheritdoc/>
    public T5Options Resolve(T5Options options, ModelFacts facts)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(facts);
        T5Preset preset = T5Presets.All.Find(options.Preset);
        int hidden = options.HiddenSize ?? preset.HiddenSize;
        bool own = hidden != preset.HiddenSize;
        int heads = options.Heads ?? (own ? Math.Max(1, hidden / preset.HeadSize) : preset.Heads);
        PairTokens tokens = PairTokens.Resolve(options.PadToken, options.EndOfText, facts);
        int layers = options.Layers ?? preset.Layers;
        return options with
        {
            Layers = layers,
            DecoderLayers = options.DecoderLayers ?? layers,
            HiddenSize = hidden,
            Heads = heads,
            HeadSize = options.HeadSize ?? (own || heads != preset.Heads ? Math.Max(1, hidden / heads) : preset.HeadSize),
            FeedForwardSize = options.FeedForwardSize ?? (own ? 4 * hidden : preset.FeedForwardSize),
            FeedForward = options.FeedForward ?? preset.FeedForward,
            TieEmbeddings = options.TieEmbeddings ?? preset.TieEmbeddings,
            ContextLength = options.ContextLength ?? T5Presets.ContextLength,
            PadToken = tokens.Pad,
            EndOfText = tokens.EndOfText,
            DecoderStart = options.DecoderStart ?? tokens.Pad,
            VocabularySize = DecoderConfiguration.ResolveVocabulary(
                options.VocabularySize, tokens.Ids is { } ids && options.VocabularySize is null ? ids + options.Sentinels : tokens.Ids,
                options.Preset is null ? null : T5Presets.VocabularySize),
        };
    }

    /// <inheritdoc/>
    public T5Model Build(T5Options options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(T5Options options) => PairTokens.Describe(ConfigMap.Write(options, T5Configuration.Map));

    /// <inheritdoc/>
    public T5Options Read(ModelConfiguration configuration) =>
        ConfigMap.Read(configuration, "config.json", new T5Options(), T5Configuration.Map);

    /// <summary>Embeddings of encoder and decoder repeat the shared one, as does the head of a tied model.</summary>
    /// <inheritdoc/>
    public string? WeightName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name is "encoder.embed_tokens.weight" or "decoder.embed_tokens.weight" ? null : name;
    }
}
