using System.ComponentModel.DataAnnotations;

namespace Tenon.Llama;

/// <summary>The model class whose files are written, and what is particular about it.</summary>
public enum LlamaVariant
{
    /// <summary>Llama 1 to 3.2 (Touvron et al. 2023; Grattafiori et al. 2024).</summary>
    Llama,

    /// <summary>Mistral (Jiang et al. 2023): a sliding window in every layer.</summary>
    Mistral,

    /// <summary>Qwen2 and Qwen2.5 (Yang et al. 2024): queries, keys and values have a bias; the last layers may slide.</summary>
    Qwen2,

    /// <summary>Qwen3 (Yang et al. 2025): queries and keys of each head are normalized; the last layers may slide.</summary>
    Qwen3,
}

/// <summary>How the frequencies of rotary positions are changed for longer texts (<c>rope_type</c>).</summary>
public enum RopeScaling
{
    /// <summary>They are not.</summary>
    None,

    /// <summary>Every frequency is divided by the factor (Chen et al. 2023).</summary>
    Linear,

    /// <summary>The base grows with the length of the text (Peng et al. 2023, appendix B.1).</summary>
    Dynamic,

    /// <summary>Low frequencies are divided by the factor, as in Llama 3.1.</summary>
    Llama3,

    /// <summary>YaRN (Peng et al. 2023).</summary>
    Yarn,
}

/// <summary>
/// Size and shape of a Llama, Mistral or Qwen model. Options that are not set are filled from the preset, then from the other values,
/// then from the tokenizer.
/// </summary>
public record LlamaOptions
{
    /// <summary>
    /// A published size, for everything that is not set here; null: the sizes of Llama 3.2 1B, with plain rotary positions of base
    /// 10,000.
    /// </summary>
    [AllowedValues(
        null, "llama-2-7b", "llama-2-13b", "llama-2-70b", "llama-3-8b", "llama-3-70b", "llama-3.1-8b", "llama-3.1-70b", "llama-3.1-405b",
        "llama-3.2-1b", "llama-3.2-3b", "mistral-7b-v0.1", "mistral-7b-v0.3", "qwen2.5-0.5b", "qwen2.5-1.5b", "qwen2.5-3b", "qwen2.5-7b",
        "qwen2.5-14b", "qwen2.5-32b", "qwen2.5-72b", "qwen3-0.6b", "qwen3-1.7b", "qwen3-4b", "qwen3-8b", "qwen3-14b", "qwen3-32b")]
    public string? Preset { get; init; }

    /// <summary>The model class (<c>model_type</c>); null: the preset's.</summary>
    [TrainedWith]
    public LlamaVariant? Variant { get; init; }

    /// <summary>Number of blocks (<c>num_hidden_layers</c>).</summary>
    [Range(1, 1000)]
    [TrainedWith]
    public int? Layers { get; init; }

    /// <summary>Size of the hidden state (<c>hidden_size</c>).</summary>
    [Range(1, 1_000_000)]
    [TrainedWith]
    public int? HiddenSize { get; init; }

    /// <summary>Query heads in each block (<c>num_attention_heads</c>); null: the preset's, or one per 64 of the hidden size if that
    /// is set.</summary>
    [Range(1, 10_000)]
    [TrainedWith]
    public int? Heads { get; init; }

    /// <summary>
    /// Key/value heads in each block (<c>num_key_value_heads</c>; Ainslie et al. 2023), a divisor of the query heads; null: as many
    /// query heads share one as in the preset, if that divides them, otherwise one for each.
    /// </summary>
    [Range(1, 10_000)]
    [TrainedWith]
    public int? KeyValueHeads { get; init; }

    /// <summary>Size of a head (<c>head_dim</c>), even; null: the preset's, or the hidden size divided by the heads.</summary>
    [Range(2, 100_000)]
    [TrainedWith]
    public int? HeadSize { get; init; }

    /// <summary>
    /// Inner size of the gated feed-forward network (<c>intermediate_size</c>); null: the preset's, or 8/3 of the hidden size (Shazeer
    /// 2020), rounded up to a multiple of 8.
    /// </summary>
    [Range(1, 10_000_000)]
    [TrainedWith]
    public int? FeedForwardSize { get; init; }

    /// <summary>
    /// Longest sequence in tokens (<c>max_position_embeddings</c>). With <c>dynamic</c> scaling, a folder has no limit of its own and
    /// opens with four times the original context times the factor.
    /// </summary>
    [Range(1, 100_000_000)]
    [TrainedWith(AllowsLess = true)]
    public int? ContextLength { get; init; }

    /// <summary>Number of token ids (<c>vocab_size</c>), at least the tokenizer's; null: the tokenizer's.</summary>
    [Range(1, 100_000_000)]
    [TrainedWith]
    public int? VocabularySize { get; init; }

    /// <summary>Activation of the gate (<c>hidden_act</c>): <c>silu</c> makes SwiGLU.</summary>
    [AllowedValues(
        "gelu", "gelu_fast", "gelu_new", "gelu_pytorch_tanh", "linear", "mish", "quick_gelu", "relu", "relu6", "sigmoid", "silu", "swish",
        "tanh")]
    [TrainedWith]
    public string Activation { get; init; } = "silu";

    /// <summary>Whether the maps of attention have a bias (<c>attention_bias</c>); for <c>llama</c> and <c>qwen3</c>.</summary>
    [TrainedWith]
    public bool AttentionBias { get; init; }

    /// <summary>Whether the maps of the feed-forward network have a bias (<c>mlp_bias</c>); for <c>llama</c>.</summary>
    [TrainedWith]
    public bool FeedForwardBias { get; init; }

    /// <summary>Whether the output map is the token embedding (<c>tie_word_embeddings</c>); null: the preset's.</summary>
    [TrainedWith]
    public bool? TieEmbeddings { get; init; }

    /// <summary>Added to the mean square in each norm (<c>rms_norm_eps</c>); null: the preset's.</summary>
    [Range(1e-12, 0.1)]
    [TrainedWith]
    public double? RmsNormEpsilon { get; init; }

    /// <summary>Base of the rotary wavelengths (<c>rope_theta</c>); null: the preset's.</summary>
    [Range(1.0, 1e12)]
    [TrainedWith]
    public double? RopeTheta { get; init; }

    /// <summary>How rotary frequencies are scaled for longer texts (<c>rope_scaling</c>); null: as in the preset.</summary>
    [TrainedWith]
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>The factor of the scaling (<c>factor</c>).</summary>
    [Range(1.0, 1e6)]
    [TrainedWith]
    public double? RopeFactor { get; init; }

    /// <summary>
    /// Context for which the frequencies were trained before scaling, in tokens (<c>original_max_position_embeddings</c>); for
    /// <c>dynamic</c>, <c>llama3</c> and <c>yarn</c>.
    /// </summary>
    [Range(1, 100_000_000)]
    [TrainedWith]
    public int? RopeOriginalContextLength { get; init; }

    /// <summary>Turns over the original context below which <c>llama3</c> divides a frequency (<c>low_freq_factor</c>).</summary>
    [Range(1e-6, 1e6)]
    [TrainedWith]
    public double? RopeLowFrequencyFactor { get; init; }

    /// <summary>Turns over the original context above which <c>llama3</c> keeps a frequency (<c>high_freq_factor</c>).</summary>
    [Range(1e-6, 1e6)]
    [TrainedWith]
    public double? RopeHighFrequencyFactor { get; init; }

    /// <summary>Turns over the original context above which <c>yarn</c> keeps a dimension (<c>beta_fast</c>); null: 32.</summary>
    [Range(1e-6, 1e6)]
    [TrainedWith]
    public double? RopeBetaFast { get; init; }

    /// <summary>Turns over the original context below which <c>yarn</c> interpolates a dimension (<c>beta_slow</c>); null: 1.</summary>
    [Range(1e-6, 1e6)]
    [TrainedWith]
    public double? RopeBetaSlow { get; init; }

    /// <summary>Factor of cosines and sines with <c>yarn</c> (<c>attention_factor</c>); null: 0.1·ln(factor) + 1.</summary>
    [Range(1e-6, 1e6)]
    [TrainedWith]
    public double? RopeAttentionFactor { get; init; }

    /// <summary>
    /// Maximum number of tokens that a position attends to, itself included (<c>sliding_window</c>; Beltagy et al. 2020); null: the
    /// preset's, or all before it. Not for <c>llama</c>.
    /// </summary>
    [Range(1, 100_000_000)]
    [TrainedWith]
    public int? SlidingWindow { get; init; }

    /// <summary>
    /// Indices of the layers with the sliding window (<c>layer_types</c>, <c>max_window_layers</c>), for <c>qwen2</c> and <c>qwen3</c>;
    /// null: all.
    /// </summary>
    [ItemRange(0, 999)]
    [TrainedWith]
    public IReadOnlyList<int>? SlidingLayers { get; init; }

    /// <summary>Probability of dropping an attention weight (<c>attention_dropout</c>).</summary>
    [Range(0.0, 0.99)]
    public double AttentionDropout { get; init; }

    /// <summary>Standard deviation of the initial weights (<c>initializer_range</c>).</summary>
    [Range(0.0, 10.0)]
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>
    /// Whether the backward pass recomputes each block instead of keeping its activations (Chen et al. 2016): less memory for
    /// a third more time, and the same gradients.
    /// </summary>
    public bool ActivationCheckpointing { get; init; }

    /// <summary>The token that ends a document (<c>eos_token_id</c>); null: the tokenizer's.</summary>
    [Range(0, 100_000_000)]
    public int? EndOfText { get; init; }

    /// <summary>The token that starts a document (<c>bos_token_id</c>); null: the tokenizer's, or the end-of-document token.</summary>
    [Range(0, 100_000_000)]
    public int? BeginOfText { get; init; }
}
