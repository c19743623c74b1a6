using System.Text.Json.Nodes;
using Tenon.Layers;

namespace Tenon.Gpt;

/// <summary>Maps <see cref="GptOptions"/> to the <c>config.json</c> of transformers' GPT-2 classes.</summary>
internal static class GptConfiguration
{
    public const string LanguageModel = "GPT2LMHeadModel";
    public const string Classifier = "GPT2ForSequenceClassification";

    /// <summary>Reads the sizes from resolved options.</summary>
    /// <exception cref="ModelException">The options are not resolved.</exception>
    public static DecoderConfiguration Decoder(GptOptions options) =>
        new(TransformerShape.Resolved(options.Layers, options.HiddenSize, options.Heads, options.FeedForwardSize))
        {
            VocabularySize = ResolvedOptions.Value(options.VocabularySize),
            ContextLength = ResolvedOptions.Value(options.ContextLength),
            BeginOfText = options.BeginOfText,
            EndOfText = options.EndOfText,
            ActivationCheckpointing = options.ActivationCheckpointing,
        };

    // Missing keys take the defaults that transformers documents for GPT2Config.
    public static GptOptions Map(ConfigMap map, GptOptions options) => Map(map, options, LanguageModel);

    public static TOptions Map<TOptions>(ConfigMap map, TOptions options, string modelClass) where TOptions : GptOptions
    {
        map.Note("architectures", new JsonArray(modelClass));
        map.Constant("model_type", "gpt2");
        int vocabulary = map.Value("vocab_size", options.VocabularySize, GptPresets.VocabularySize);
        int context = map.Value("n_positions", options.ContextLength, 1024);
        map.Note("n_ctx", context);
        int hidden = map.Value("n_embd", options.HiddenSize, 768);
        GptOptions mapped = options with
        {
            VocabularySize = vocabulary,
            ContextLength = context,
            HiddenSize = hidden,
            Layers = map.Value("n_layer", options.Layers, 12),
            Heads = map.Value("n_head", options.Heads, 12),
            // null means four times the hidden size.
            FeedForwardSize = map.Optional("n_inner", options.FeedForwardSize == 4 * hidden ? null : options.FeedForwardSize) ?? 4 * hidden,
            Activation = map.Text("activation_function", options.Activation, "gelu_new", Activations.Names),
            Dropout = map.Value("resid_pdrop", options.Dropout, 0.1),
            EmbeddingDropout = map.Value("embd_pdrop", options.EmbeddingDropout, 0.1),
            AttentionDropout = map.Value("attn_pdrop", options.AttentionDropout, 0.1),
            LayerNormEpsilon = map.Value("layer_norm_epsilon", options.LayerNormEpsilon, 1e-5),
            InitializerRange = map.Value("initializer_range", options.InitializerRange, 0.02),
            ScaleAttention = map.Value("scale_attn_weights", options.ScaleAttention, true),
            ScaleAttentionByInverseLayer = map.Value("scale_attn_by_inverse_layer_idx", options.ScaleAttentionByInverseLayer, false),
            UpcastAttention = map.Value("reorder_and_upcast_attn", options.UpcastAttention, false),
            BeginOfText = map.TokenId("bos_token_id", options.BeginOfText, missing: 50256),
            EndOfText = map.TokenId("eos_token_id", options.EndOfText, missing: 50256),
        };
        mapped = mapped with { TieEmbeddings = map.Value("tie_word_embeddings", options.TieEmbeddings, true) };
        map.Require("add_cross_attention", false, "Cross-attention is not supported.");
        map.Note("use_cache", true);
        map.Note("torch_dtype", "float32");
        return (TOptions)mapped;
    }
}
