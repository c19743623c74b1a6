using System.Text.Json.Nodes;
using Tenon.Layers;

namespace Tenon.T5;

/// <summary>Maps <see cref="T5Options"/> to the <c>config.json</c> of transformers' T5 classes.</summary>
internal static class T5Configuration
{
    private static readonly string[] FeedForwards = ["relu", "gelu", "gated-gelu", "gated-silu"];

    /// <summary>Reads the sizes from resolved options.</summary>
    /// <exception cref="ModelException">The options are not resolved.</exception>
    public static EncoderDecoderConfiguration Sizes(T5Options options)
    {
        TransformerShape encoder = TransformerShape.Resolved(
            options.Layers, options.HiddenSize, options.Heads, options.FeedForwardSize);
        int context = ResolvedOptions.Value(options.ContextLength);
        var decoder = new DecoderConfiguration(encoder with { Layers = ResolvedOptions.Value(options.DecoderLayers) })
        {
            VocabularySize = ResolvedOptions.Value(options.VocabularySize),
            ContextLength = context,
            HeadSize = ResolvedOptions.Value(options.HeadSize),
            IsGated = IsGated(options),
            EndOfText = options.EndOfText,
        };
        return new EncoderDecoderConfiguration(encoder, decoder)
        {
            SourceLength = context,
            DecoderStart = ResolvedOptions.Value(options.DecoderStart),
            PadToken = ResolvedOptions.Value(options.PadToken),
            LabelSmoothing = options.LabelSmoothing,
            HeadScale = ResolvedOptions.Value(options.TieEmbeddings) ? 1 / Math.Sqrt(encoder.HiddenSize) : 1,
        };
    }

    public static bool IsGated(T5Options options) =>
        ResolvedOptions.Value(options.FeedForward).StartsWith("gated-", StringComparison.Ordinal);

    /// <summary>The name of the activation; with a gate, GELU is the approximation with a hyperbolic tangent, as in transformers.</summary>
    public static string Activation(T5Options options) => ResolvedOptions.Value(options.FeedForward) switch
    {
        "gated-gelu" => "gelu_new",
        "gated-silu" => "silu",
        { } name => name,
    };

    // Missing keys take the defaults that transformers documents for T5Config.
    public static T5Options Map(ConfigMap map, T5Options options)
    {
        map.Note("architectures", new JsonArray("T5ForConditionalGeneration"));
        map.Constant("model_type", "t5");
        map.Constant("is_encoder_decoder", true, "Encoders and decoders alone are not supported.");
        int layers = map.Value("num_layers", options.Layers, 6);
        T5Options mapped = options with
        {
            Layers = layers,
            VocabularySize = map.Value("vocab_size", options.VocabularySize, T5Presets.VocabularySize),
            HiddenSize = map.Value("d_model", options.HiddenSize, 512),
            HeadSize = map.Value("d_kv", options.HeadSize, 64),
            FeedForwardSize = map.Value("d_ff", options.FeedForwardSize, 2048),
            // null means as many as in the encoder.
            DecoderLayers = map.Optional("num_decoder_layers", options.DecoderLayers) ?? layers,
            Heads = map.Value("num_heads", options.Heads, 8),
            RelativeBuckets = map.Value("relative_attention_num_buckets", options.RelativeBuckets, 32),
            RelativeMaxDistance = map.Value("relative_attention_max_distance", options.RelativeMaxDistance, 128),
            Dropout = map.Value("dropout_rate", options.Dropout, 0.1),
            LayerNormEpsilon = map.Value("layer_norm_epsilon", options.LayerNormEpsilon, 1e-6),
            InitializerFactor = map.Value("initializer_factor", options.InitializerFactor, 1.0),
            FeedForward = map.Text("feed_forward_proj", options.FeedForward!, "relu", FeedForwards),
            ContextLength = map.Value("n_positions", options.ContextLength, T5Presets.ContextLength),
            PadToken = map.TokenId("pad_token_id", options.PadToken, missing: 0),
            EndOfText = map.TokenId("eos_token_id", options.EndOfText, missing: 1),
            DecoderStart = map.TokenId("decoder_start_token_id", options.DecoderStart, missing: 0),
        };
        mapped = mapped with { TieEmbeddings = map.Value("tie_word_embeddings", options.TieEmbeddings, true) };
        map.Note("is_gated_act", IsGated(mapped));
        map.Note("dense_act_fn", Activation(mapped));
        map.Note("use_cache", true);
        map.Note("torch_dtype", "float32");
        return mapped;
    }
}
