using System.Text.Json.Nodes;
using Tenon.Layers;

namespace Tenon.Llama;

/// <summary>
/// Maps <see cref="LlamaOptions"/> to the <c>config.json</c> of transformers' Llama, Mistral, Qwen2 and Qwen3 classes. Reads the
/// formats of versions 4 and 5, and writes that of version 4, which both versions open.
/// </summary>
internal static partial class LlamaConfiguration
{
    public const string LanguageModel = "ForCausalLM";
    public const string Classifier = "ForSequenceClassification";

    private const string NoExperts = "Mixtures of experts are not supported.";
    private const string NoLatentAttention = "Multi-head latent attention is not supported.";
    private const string NoPartialRotation = "Partial rotation is not supported.";

    // Keys that would change the model's outputs if they were ignored.
    private static readonly (string Key, JsonNode? Value, string Otherwise)[] _unsupported =
    [
        ("quantization_config", null, "Quantized weights are not supported. Use a folder with weights in bfloat16, float16 or float32."),
        ("num_local_experts", null, NoExperts),
        ("num_experts", null, NoExperts),
        ("n_routed_experts", null, NoExperts),
        ("moe_intermediate_size", null, NoExperts),
        ("kv_lora_rank", null, NoLatentAttention),
        ("q_lora_rank", null, NoLatentAttention),
        ("partial_rotary_factor", 1.0, NoPartialRotation),
        ("add_cross_attention", false, "Cross-attention is not supported."),
    ];

    public static LlamaOptions Map(ConfigMap map, LlamaOptions options) => Map(map, options, LanguageModel);

    /// <summary>Maps the options. Missing keys get the defaults that transformers documents for the class.</summary>
    public static TOptions Map<TOptions>(ConfigMap map, TOptions options, string head) where TOptions : LlamaOptions
    {
        LlamaVariant variant = map.Choice("model_type", options.Variant ?? LlamaVariant.Llama, LlamaVariant.Llama, LlamaClass.ModelTypes);
        LlamaClass own = LlamaClass.Of(variant);
        map.Note("architectures", new JsonArray(own.Name + head));
        foreach ((string key, JsonNode? value, string otherwise) in _unsupported)
            map.Require(key, value, otherwise);
        int hidden = map.Value("hidden_size", options.HiddenSize, 4096);
        int heads = map.Value("num_attention_heads", options.Heads, 32);
        TOptions mapped = (TOptions)(options with
        {
            Variant = variant,
            HiddenSize = hidden,
            Heads = heads,
            KeyValueHeads = map.Optional("num_key_value_heads", options.KeyValueHeads, own.KeyValueHeads) ?? heads,
            HeadSize = map.Optional("head_dim", options.HeadSize, own.HeadSize) ?? Divided(map, hidden, heads),
            Layers = map.Value("num_hidden_layers", options.Layers, 32),
            FeedForwardSize = map.Value("intermediate_size", options.FeedForwardSize, own.FeedForwardSize),
            VocabularySize = map.Value("vocab_size", options.VocabularySize, own.VocabularySize),
            Activation = map.Text("hidden_act", options.Activation, "silu", Activations.Names),
            AttentionDropout = map.Value("attention_dropout", options.AttentionDropout, 0.0),
            RmsNormEpsilon = map.Value("rms_norm_eps", options.RmsNormEpsilon, 1e-6),
            InitializerRange = map.Value("initializer_range", options.InitializerRange, 0.02),
            TieEmbeddings = map.Value("tie_word_embeddings", options.TieEmbeddings, false),
            BeginOfText = map.TokenId("bos_token_id", options.BeginOfText, own.BeginOfText),
            EndOfText = map.TokenId("eos_token_id", options.EndOfText, own.EndOfText),
            AttentionBias = Bias("attention_bias", options.AttentionBias, own.HasAttentionBias),
            FeedForwardBias = Bias("mlp_bias", options.FeedForwardBias, own.HasFeedForwardBias),
        });
        mapped = Windows(map, mapped, own);
        mapped = Rotary(map, mapped, own);
        map.Note("use_cache", true);
        map.Note("torch_dtype", "float32");
        return mapped;

        bool Bias(string key, bool value, bool has)
        {
            if (has)
                return map.Value(key, (bool?)value, false);
            map.Require(key, false, $"'{own.ModelType}' does not have this option.", orNull: true);
            return false;
        }
    }

    private static int Divided(ConfigMap map, int hidden, int heads) => heads > 0 && hidden % heads == 0
        ? hidden / heads
        : throw map.Error("head_dim",
            $"is missing, and 'hidden_size' ({hidden}) is not divisible by 'num_attention_heads' ({heads}). Set it to the size of a head.");
}
