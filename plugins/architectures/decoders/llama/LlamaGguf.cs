using System.Globalization;
using Tenon.Layers;

namespace Tenon.Llama;

/// <summary>
/// Describes a model as llama.cpp's architecture <c>llama</c> (Llama and Mistral), <c>qwen2</c> or <c>qwen3</c>.
/// </summary>
internal static class LlamaGguf
{
    // The only architecture of the three that rotates adjacent dimensions, so its heads are interleaved.
    private const string Interleaved = "llama";

    // The only values that llama.cpp supports for these architectures.
    private const double BetaFast = 32, BetaSlow = 1;

    private static readonly string[] _activations = ["silu", "swish"];

    private static readonly GgufNames _names = new(
        $"{LlamaArchitecture.TransformerName}.layers.",
        new Dictionary<string, string>
        {
            [$"{LlamaArchitecture.TransformerName}.embed_tokens"] = "token_embd",
            [$"{LlamaArchitecture.TransformerName}.norm"] = "output_norm",
            [LlamaArchitecture.HeadName] = "output",
        },
        new Dictionary<string, string>
        {
            ["input_layernorm"] = "attn_norm",
            ["self_attn.q_proj"] = "attn_q",
            ["self_attn.k_proj"] = "attn_k",
            ["self_attn.v_proj"] = "attn_v",
            ["self_attn.o_proj"] = "attn_output",
            ["self_attn.q_norm"] = "attn_q_norm",
            ["self_attn.k_norm"] = "attn_k_norm",
            ["post_attention_layernorm"] = "ffn_norm",
            ["mlp.gate_proj"] = "ffn_gate",
            ["mlp.up_proj"] = "ffn_up",
            ["mlp.down_proj"] = "ffn_down",
        });

    /// <exception cref="ModelException">llama.cpp's architecture does not support an option.</exception>
    public static GgufLayout Describe(LlamaOptions options, torch.nn.Module module)
    {
        string architecture = ResolvedOptions.Value(options.Variant) switch
        {
            LlamaVariant.Qwen2 => "qwen2",
            LlamaVariant.Qwen3 => "qwen3",
            _ => Interleaved,
        };
        DecoderConfiguration sizes = LlamaSizes.Decoder(options);
        Check(options, sizes, architecture);
        double theta = ResolvedOptions.Value(options.RopeTheta);
        var counts = new Dictionary<string, int>
        {
            ["context_length"] = sizes.ContextLength,
            ["embedding_length"] = sizes.Shape.HiddenSize,
            ["block_count"] = sizes.Shape.Layers,
            ["feed_forward_length"] = sizes.Shape.FeedForwardSize,
            ["attention.head_count"] = sizes.Shape.Heads,
            ["attention.head_count_kv"] = sizes.KeyValueHeads,
            ["attention.key_length"] = sizes.HeadSize,
            ["attention.value_length"] = sizes.HeadSize,
            ["rope.dimension_count"] = sizes.HeadSize,
            ["vocab_size"] = sizes.VocabularySize,
        };
        var numbers = new Dictionary<string, double>
        {
            ["attention.layer_norm_rms_epsilon"] = ResolvedOptions.Value(options.RmsNormEpsilon),
            ["rope.freq_base"] = theta,
        };
        var texts = new Dictionary<string, string>();
        var vectors = new Dictionary<string, IReadOnlyList<float>>();
        switch (LlamaRope.Scaling(options))
        {
            case LinearRotaryScaling linear:
                texts["rope.scaling.type"] = "linear";
                numbers["rope.scaling.factor"] = linear.Factor;
                break;
            case YarnRotaryScaling yarn:
                texts["rope.scaling.type"] = "yarn";
                numbers["rope.scaling.factor"] = yarn.Factor;
                counts["rope.scaling.original_context_length"] = yarn.OriginalContextLength;
                // llama.cpp multiplies the paper's factor by this one.
                numbers["rope.scaling.attn_factor"] = yarn.AttentionFactor / (yarn with { GivenAttentionFactor = null }).AttentionFactor;
                break;
            case Llama3RotaryScaling llama3:
                vectors["rope_freqs.weight"] = llama3.Divisors(sizes.HeadSize, theta);
                break;
        }

        return new GgufLayout(architecture)
        {
            Counts = counts,
            Numbers = numbers,
            Texts = texts,
            Vectors = vectors,
            Tensors = Tensors(module, sizes, architecture == Interleaved),
            BeginOfText = options.BeginOfText,
        };
    }

    private static Dictionary<string, GgufTensor> Tensors(torch.nn.Module module, DecoderConfiguration sizes, bool interleaves)
    {
        Dictionary<string, GgufTensor> tensors = _names.Map(module);
        foreach (string name in interleaves ? tensors.Keys.ToArray() : [])
        {
            int? heads = name.Contains(".q_proj.", StringComparison.Ordinal) ? sizes.Shape.Heads
                : name.Contains(".k_proj.", StringComparison.Ordinal) ? sizes.KeyValueHeads : null;
            tensors[name] = tensors[name] with { InterleavedHeads = heads };
        }

        return tensors;
    }

    private static void Check(LlamaOptions options, DecoderConfiguration sizes, string architecture)
    {
        if (!_activations.Contains(options.Activation, StringComparer.Ordinal))
            throw Lacks("activation", "hidden_act", $"'{options.Activation}'", $"computes {string.Join(" or ", _activations)} only");
        if (sizes.SlidingWindow is { } window && window < sizes.ContextLength)
        {
            throw Lacks(
                "slidingWindow", "sliding_window", $"{window}",
                $"has no sliding window. With at most {window} tokens of context, the window has no effect: " +
                $"set 'max_position_embeddings' in config.json, which is {sizes.ContextLength}, to {window}");
        }

        if (architecture == "qwen2" && sizes.Shape.Heads * sizes.HeadSize != sizes.Shape.HiddenSize)
            throw Lacks("headSize", "head_dim", $"{sizes.HeadSize}", $"needs the hidden size divided by the heads, {sizes.Shape.HeadSize}");
        if (architecture == "qwen3" && options.AttentionBias)
            throw Lacks("attentionBias", "attention_bias", "true", "has no biases");
        RopeScaling scaling = ResolvedOptions.Value(options.RopeScaling);
        if (scaling == RopeScaling.Dynamic || (scaling == RopeScaling.Llama3 && architecture != Interleaved))
        {
            string supported = architecture == Interleaved ? "none, linear, llama3 and yarn" : "none, linear and yarn";
            throw Lacks(
                "ropeScaling", "rope_type", $"'{LlamaConfiguration.ScalingName(scaling)}'", $"supports only the scalings {supported}");
        }

        (double? fast, double? slow) = (options.RopeBetaFast, options.RopeBetaSlow);
        if (scaling == RopeScaling.Yarn && (fast, slow) is not (BetaFast, BetaSlow))
        {
            throw Lacks(
                "ropeBetaFast' and 'ropeBetaSlow", "beta_fast, beta_slow",
                string.Create(CultureInfo.InvariantCulture, $"{fast} and {slow}"),
                string.Create(CultureInfo.InvariantCulture, $"uses {BetaFast} and {BetaSlow}"));
        }

        ModelException Lacks(string option, string key, string value, string instead) =>
            new($"GGUF cannot hold this model: '{option}' ({key}) is {value}, but llama.cpp's architecture '{architecture}' {instead}.");
    }
}
