using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tenon.Layers;

namespace Tenon.NeoX;

/// <summary>
/// GPT-NeoX (Black et al. 2022) and Pythia (Biderman et al. 2023): parallel residual, partial rotary positions, an untied
/// head. Files are those of transformers' <c>GPTNeoXForCausalLM</c>.
/// </summary>
[Architecture("neox", "Decoder-only language model: GPT-NeoX", ModelTypes = ["gpt_neox"],
    TestSettings = ["layers=2", "hiddenSize=32", "heads=2", "contextLength=24", "rotaryShare=0.5", "initializerRange=0.2"])]
public sealed partial class NeoXArchitecture : IArchitecture<NeoXOptions, NeoXModel>
{
    private const int PublishedVocabulary = 50432;
    private const int PublishedContext = 2048;

    private static readonly Presets<TransformerShape> Sizes = new("pythia-70m",
        ("pythia-70m", new(6, 512, 8)),
        ("pythia-160m", new(12, 768, 12)),
        ("pythia-410m", new(24, 1024, 16)),
        ("neox-20b", new(44, 6144, 64)));

    /// <inheritdoc/>
    public NeoXOptions Resolve(NeoXOptions options, ModelFacts facts)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(facts);
        TransformerShape shape = Sizes.Find(options.Preset)
            .With(options.Layers, options.HiddenSize, options.Heads, options.FeedForwardSize);
        int? end = options.EndOfText ?? facts.SpecialTokens.EndOfText;
        return options with
        {
            Layers = shape.Layers,
            HiddenSize = shape.HiddenSize,
            Heads = shape.Heads,
            FeedForwardSize = shape.FeedForwardSize,
            ContextLength = options.ContextLength ?? PublishedContext,
            VocabularySize = DecoderConfiguration.ResolveVocabulary(
                options.VocabularySize, facts.VocabularySize, options.Preset is null ? null : PublishedVocabulary),
            EndOfText = end,
            BeginOfText = options.BeginOfText ?? facts.SpecialTokens.BeginOfText ?? end,
        };
    }

    /// <inheritdoc/>
    public NeoXModel Build(NeoXOptions options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(NeoXOptions options) => new(ConfigMap.Write(options, Map));

    /// <inheritdoc/>
    public NeoXOptions Read(ModelConfiguration configuration) => ConfigMap.Read(configuration, "config.json", new NeoXOptions(), Map);

    /// <summary>Causal masks and rotary frequencies that were saved as buffers are not weights.</summary>
    /// <inheritdoc/>
    public string? WeightName(string name) => Buffer().IsMatch(name) ? null : name;

    internal static DecoderConfiguration Decoder(NeoXOptions options) =>
        new(TransformerShape.Resolved(options.Layers, options.HiddenSize, options.Heads, options.FeedForwardSize))
        {
            VocabularySize = ResolvedOptions.Value(options.VocabularySize),
            ContextLength = ResolvedOptions.Value(options.ContextLength),
            BeginOfText = options.BeginOfText,
            EndOfText = options.EndOfText,
            ActivationCheckpointing = options.ActivationCheckpointing,
        };

    // Missing keys take the defaults that transformers documents for GPTNeoXConfig.
    private static NeoXOptions Map(ConfigMap map, NeoXOptions options)
    {
        map.Note("architectures", new JsonArray("GPTNeoXForCausalLM"));
        map.Constant("model_type", "gpt_neox");
        NeoXOptions mapped = options with
        {
            VocabularySize = map.Value("vocab_size", options.VocabularySize, PublishedVocabulary),
            HiddenSize = map.Value("hidden_size", options.HiddenSize, 6144),
            Layers = map.Value("num_hidden_layers", options.Layers, 44),
            Heads = map.Value("num_attention_heads", options.Heads, 64),
            FeedForwardSize = map.Value("intermediate_size", options.FeedForwardSize, 24576),
            ContextLength = map.Value("max_position_embeddings", options.ContextLength, PublishedContext),
            RotaryShare = map.Value("rotary_pct", options.RotaryShare, 0.25),
            RotaryBase = map.Value("rotary_emb_base", options.RotaryBase, 10_000.0),
            Activation = map.Text("hidden_act", options.Activation, "gelu", Activations.Names),
            Dropout = map.Value("hidden_dropout", options.Dropout, 0.0),
            AttentionDropout = map.Value("attention_dropout", options.AttentionDropout, 0.0),
            LayerNormEpsilon = map.Value("layer_norm_eps", options.LayerNormEpsilon, 1e-5),
            InitializerRange = map.Value("initializer_range", options.InitializerRange, 0.02),
            BeginOfText = map.TokenId("bos_token_id", options.BeginOfText, missing: 0),
            EndOfText = map.TokenId("eos_token_id", options.EndOfText, missing: 2),
        };
        map.Constant("use_parallel_residual", true, "Sequential blocks are not implemented.");
        map.Constant("tie_word_embeddings", false, "The head has a weight of its own.");
        map.Require("attention_bias", true, "Every map has a bias.");
        map.Note("torch_dtype", "float32");
        return mapped;
    }

    [GeneratedRegex(@"\.attention\.(bias|masked_bias|rotary_emb\.inv_freq)$")]
    private static partial Regex Buffer();
}

/// <summary>GPT-NeoX with a language-modelling head.</summary>
public sealed class NeoXModel : CausalLanguageModel
{
    internal NeoXModel(NeoXOptions options, BuildContext context)
        : base(
            nameof(NeoXModel), context, ("gpt_neox", new NeoXTransformer(options, context)),
            ("embed_out", NewHead(NeoXArchitecture.Decoder(options), context, options.InitializerRange)))
    {
    }
}
