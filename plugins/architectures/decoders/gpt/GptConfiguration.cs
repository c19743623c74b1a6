using System.Text.Json.Nodes;
using Tenon.Layers;

namespace Tenon.Gpt;

/// <summary>Between <see cref="GptOptions"/> and the <c>config.json</c> of transformers' <c>GPT2LMHeadModel</c>.</summary>
internal static class GptConfiguration
{
    private const string File = "config.json";

    public static ModelConfiguration Describe(GptOptions options) => new(new JsonObject
    {
        ["architectures"] = new JsonArray("GPT2LMHeadModel"),
        ["model_type"] = "gpt2",
        ["vocab_size"] = options.VocabularySize,
        ["n_positions"] = options.ContextLength,
        ["n_ctx"] = options.ContextLength,
        ["n_embd"] = options.HiddenSize,
        ["n_layer"] = options.Layers,
        ["n_head"] = options.Heads,
        ["n_inner"] = options.FeedForwardSize == 4 * options.HiddenSize ? null : options.FeedForwardSize,
        ["activation_function"] = options.Activation,
        ["resid_pdrop"] = options.Dropout,
        ["embd_pdrop"] = options.EmbeddingDropout,
        ["attn_pdrop"] = options.AttentionDropout,
        ["layer_norm_epsilon"] = options.LayerNormEpsilon,
        ["initializer_range"] = options.InitializerRange,
        ["scale_attn_weights"] = options.ScaleAttention,
        ["scale_attn_by_inverse_layer_idx"] = options.ScaleAttentionByInverseLayer,
        ["reorder_and_upcast_attn"] = options.UpcastAttention,
        ["bos_token_id"] = options.BeginOfText,
        ["eos_token_id"] = options.EndOfText,
        ["tie_word_embeddings"] = true,
        ["use_cache"] = true,
        ["torch_dtype"] = "float32",
    });

    /// <summary>The sizes of resolved options.</summary>
    /// <exception cref="ModelException">The options are not resolved.</exception>
    public static DecoderConfiguration Decoder(GptOptions options)
    {
        (int hidden, int heads) = (Resolved(options.HiddenSize), Resolved(options.Heads));
        return new DecoderConfiguration
        {
            VocabularySize = Resolved(options.VocabularySize),
            ContextLength = Resolved(options.ContextLength),
            Layers = Resolved(options.Layers),
            HiddenSize = hidden,
            Heads = heads,
            KeyValueHeads = heads,
            HeadSize = hidden / heads,
            FeedForwardSize = Resolved(options.FeedForwardSize),
            BeginOfText = options.BeginOfText,
            EndOfText = options.EndOfText,
            ActivationCheckpointing = options.ActivationCheckpointing,
        };

        static int Resolved(int? size) =>
            size ?? throw new ModelException("The options of 'gpt' are not resolved. Call Resolve, which fills in the sizes, before Build.");
    }

    /// <summary>Missing keys take the defaults that transformers documents for <c>GPT2Config</c>.</summary>
    public static TOptions Read<TOptions>(ModelConfiguration configuration) where TOptions : GptOptions, new()
    {
        var config = new ConfigReader(configuration);
        config.Require("model_type", "gpt2", "gpt2");
        config.Require("tie_word_embeddings", true, true);
        config.Require("add_cross_attention", false, false);
        string activation = config.Value("activation_function", "gelu_new");
        Activations.Find(activation, "activation_function");
        int hidden = config.Value("n_embd", 768);
        return new TOptions
        {
            VocabularySize = config.Value("vocab_size", 50257),
            ContextLength = config.Value("n_positions", 1024),
            HiddenSize = hidden,
            Layers = config.Value("n_layer", 12),
            Heads = config.Value("n_head", 12),
            FeedForwardSize = config.Value("n_inner", (int?)null) ?? 4 * hidden,
            Activation = activation,
            Dropout = config.Value("resid_pdrop", 0.1),
            EmbeddingDropout = config.Value("embd_pdrop", 0.1),
            AttentionDropout = config.Value("attn_pdrop", 0.1),
            LayerNormEpsilon = config.Value("layer_norm_epsilon", 1e-5),
            InitializerRange = config.Value("initializer_range", 0.02),
            ScaleAttention = config.Value("scale_attn_weights", true),
            ScaleAttentionByInverseLayer = config.Value("scale_attn_by_inverse_layer_idx", false),
            UpcastAttention = config.Value("reorder_and_upcast_attn", false),
            BeginOfText = config.Value("bos_token_id", (int?)50256),
            EndOfText = config.Value("eos_token_id", (int?)50256),
        };
    }
}
