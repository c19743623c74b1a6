using System.Text.Json;
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

    /// <summary>Missing keys take the defaults that transformers documents for <c>GPT2Config</c>.</summary>
    public static GptOptions Read(ModelConfiguration configuration)
    {
        JsonObject config = configuration[File];
        Require(config, "model_type", "gpt2", "gpt2");
        Require(config, "tie_word_embeddings", true, true);
        Require(config, "add_cross_attention", false, false);
        string activation = Value(config, "activation_function", "gelu_new");
        Activations.Find(activation, "activation_function");
        int hidden = Value(config, "n_embd", 768);
        return new GptOptions
        {
            VocabularySize = Value(config, "vocab_size", 50257),
            ContextLength = Value(config, "n_positions", 1024),
            HiddenSize = hidden,
            Layers = Value(config, "n_layer", 12),
            Heads = Value(config, "n_head", 12),
            FeedForwardSize = Value(config, "n_inner", (int?)null) ?? 4 * hidden,
            Activation = activation,
            Dropout = Value(config, "resid_pdrop", 0.1),
            EmbeddingDropout = Value(config, "embd_pdrop", 0.1),
            AttentionDropout = Value(config, "attn_pdrop", 0.1),
            LayerNormEpsilon = Value(config, "layer_norm_epsilon", 1e-5),
            InitializerRange = Value(config, "initializer_range", 0.02),
            ScaleAttention = Value(config, "scale_attn_weights", true),
            ScaleAttentionByInverseLayer = Value(config, "scale_attn_by_inverse_layer_idx", false),
            UpcastAttention = Value(config, "reorder_and_upcast_attn", false),
            BeginOfText = Value(config, "bos_token_id", (int?)50256),
            EndOfText = Value(config, "eos_token_id", (int?)50256),
        };
    }

    private static void Require<T>(JsonObject config, string key, T missing, T supported)
    {
        T found = Value(config, key, missing);
        if (!EqualityComparer<T>.Default.Equals(found, supported))
        {
            throw new ModelException(
                $"{File}: '{key}' is {JsonSerializer.Serialize(found)}, and this architecture supports only {JsonSerializer.Serialize(supported)}. " +
                "Use a model of the kind GPT2LMHeadModel.");
        }
    }

    private static T Value<T>(JsonObject config, string key, T missing)
    {
        if (!config.TryGetPropertyValue(key, out JsonNode? node))
            return missing;
        try
        {
            // A null means "none" where none is a value, and the default elsewhere.
            return node is null ? (default(T) is null && typeof(T) != typeof(string) ? default! : missing) : node.Deserialize<T>()!;
        }
        catch (JsonException cause)
        {
            throw new ModelException($"{File}: '{key}' is {node!.ToJsonString()}, which is no {Describe(typeof(T))}.", cause);
        }
    }

    private static string Describe(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        Type t when t == typeof(int) => "whole number",
        Type t when t == typeof(double) => "number",
        Type t when t == typeof(bool) => "true or false",
        _ => "text",
    };
}
