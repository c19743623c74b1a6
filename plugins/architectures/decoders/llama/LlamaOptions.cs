using System.ComponentModel.DataAnnotations;

namespace Tenon.Llama;

/// <summary>The model class, which determines the format of the files and the supported options.</summary>
public enum LlamaVariant
{
    /// <summary>Llama 1 to 3.2 (Touvron et al. 2023; Grattafiori et al. 2024).</summary>
    Llama,

    /// <summary>Mistral (Jiang et al. 2023): a sliding window in every layer.</summary>
    Mistral,

    /// <summary>
    /// Qwen2 and Qwen2.5 (Yang et al. 2024): queries, keys and values have a bias; some layers may have a sliding window.
    /// </summary>
    Qwen2,

    /// <summary>
    /// Qwen3 (Yang et al. 2025): the queries and keys of each head are normalized; some layers may have a sliding window.
    /// </summary>
    Qwen3,
}

/// <summary>How rotary frequencies are scaled for texts longer than the original context (<c>rope_type</c>).</summary>
public enum RopeScaling
{
    /// <summary>No scaling.</summary>
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
/// Size and shape of a Llama, Mistral or Qwen model. Unset options are filled in from the preset, then from the other options,
/// then from the tokenizer.
/// </summary>
public record LlamaOptions
{
    /// <summary>
    /// A published model, whose sizes apply to all options that are not set. Defaults to the sizes of Llama 3.2 1B, but with
    /// unscaled rotary positions of base 10,000.
    /// </summary>
    [AllowedValues(
        null, "llama-2-7b", "llama-2-13b", "llama-2-70b", "llama-3-8b", "llama-3-70b", "llama-3.1-8b", "llama-3.1-70b", "llama-3.1-405b",
        "llama-3.2-1b", "llama-3.2-3b", "mistral-7b-v0.1", "mistral-7b-v0.3", "qwen2.5-0.5b", "qwen2.5-1.5b", "qwen2.5-3b", "qwen2.5-7b",
        "qwen2.5-14b", "qwen2.5-32b", "qwen2.5-72b", "qwen3-0.6b", "qwen3-1.7b", "qwen3-4b", "qwen3-8b", "qwen3-14b", "qwen3-32b")]
    public string? Preset { get; init; }

    /// <summary>The model class (<c>model_type</c>). Defaults to the preset's.</summary>
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

    /// <summary>
    /// Query heads in each block (<c>num_attention_heads</c>). Defaults to the preset's number, or one per 64 of the hidden size if
    /// that is set.
    /// </summary>
    [Range(1, 10_000)]
    [TrainedWith]
    public int? Heads { get; init; }

    /// <summary>
    /// Key/value heads in each block (<c>num_key_value_heads</c>; Ainslie et al. 2023); must divide the number of query heads. By
    /// default, as many query heads share one as in the preset if that divides their number; otherwise each has one.
    /// </summary>
    [Range(1, 10_000)]
    [TrainedWith]
    public int? KeyValueHeads { get; init; }

    /// <summary>
    /// Size of a head (<c>head_dim</c>); must be even. Defaults to the preset's, or to the hidden size divided by the number of
    /// heads.
    /// </summary>
    [Range(2, 100_000)]
    [TrainedWith]
    public int? HeadSize { get; init; }

    /// <summary>
    /// Inner size of the gated feed-forward network (<c>intermediate_size</c>). Defaults to the preset's, or to 8/3 of the hidden
    /// size (Shazeer 2020), rounded up to a multiple of 8.
    /// </summary>
    [Range(1, 10_000_000)]
    [TrainedWith]
    public int? FeedForwardSize { get; init; }

    /// <summary>
    /// Longest sequence in tokens (<c>max_position_embeddings</c>). With <c>dynamic</c> scaling, a folder does not specify a limit,
    /// and opens with four times the original context times the factor.
    /// </summary>
    [Range(1, 100_000_000)]
    [TrainedWith(AllowsLess = true)]
    public int? ContextLength { get; init; }

    /// <summary>Number of token ids (<c>vocab_size</c>), at least the tokenizer's. Defaults to the tokenizer's.</summary>
    [Range(1, 100_000_000)]
    [TrainedWith]
    public int? VocabularySize { get; init; }

    /// <summary>Activation of the gate (<c>hidden_act</c>); with <c>silu</c>, the network is a SwiGLU.</summary>
    [AllowedValues(
        "gelu", "gelu_fast", "gelu_new", "gelu_pytorch_tanh", "linear", "mish", "quick_gelu", "relu", "relu6", "sigmoid", "silu", "swish",
        "tanh")]
    [TrainedWith]
    public string Activation { get; init; } = "silu";

    /// <summary>Whether the attention projections have a bias (<c>attention_bias</c>). Only for <c>llama</c> and <c>qwen3</c>.</summary>
    [TrainedWith]
    public bool AttentionBias { get; init; }

    /// <summary>Whether the feed-forward projections have a bias (<c>mlp_bias</c>). Only for <c>llama</c>.</summary>
    [TrainedWith]
    public bool FeedForwardBias { get; init; }

    /// <summary>
    /// Whether the output layer shares its weight with the token embedding (<c>tie_word_embeddings</c>). Defaults to the preset's.
    /// </summary>
    [TrainedWith]
    public bool? TieEmbeddings { get; init; }

    /// <summary>Added to the mean square in each norm (<c>rms_norm_eps</c>). Defaults to the preset's.</summary>
    [Range(1e-12, 0.1)]
    [TrainedWith]
    public double? RmsNormEpsilon { get; init; }

    /// <summary>Base of the rotary wavelengths (<c>rope_theta</c>). Defaults to the preset's.</summary>
    [Range(1.0, 1e12)]
    [TrainedWith]
    public double? RopeTheta { get; init; }

    /// <summary>
    /// How rotary frequencies are scaled for texts longer than the original context (<c>rope_scaling</c>). Defaults to the preset's.
    /// </summary>
    [TrainedWith]
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>Scaling factor (<c>factor</c>).</summary>
    [Range(1.0, 1e6)]
    [TrainedWith]
    public double? RopeFactor { get; init; }

    /// <summary>
    /// Context length before scaling, in tokens (<c>original_max_position_embeddings</c>). Only for <c>dynamic</c>, <c>llama3</c>
    /// and <c>yarn</c>.
    /// </summary>
    [Range(1, 100_000_000)]
    [TrainedWith]
    public int? RopeOriginalContextLength { get; init; }

    /// <summary>
    /// Frequencies with fewer turns over the original context than this are divided by the factor (<c>low_freq_factor</c>). Only
    /// for <c>llama3</c>.
    /// </summary>
    [Range(1e-6, 1e6)]
    [TrainedWith]
    public double? RopeLowFrequencyFactor { get; init; }

    /// <summary>
    /// Frequencies with more turns over the original context than this are left unchanged (<c>high_freq_factor</c>). Only for
    /// <c>llama3</c>.
    /// </summary>
    [Range(1e-6, 1e6)]
    [TrainedWith]
    public double? RopeHighFrequencyFactor { get; init; }

    /// <summary>
    /// Dimensions with more turns over the original context than this keep their frequency (<c>beta_fast</c>). Only for
    /// <c>yarn</c>. Defaults to 32.
    /// </summary>
    [Range(1e-6, 1e6)]
    [TrainedWith]
    public double? RopeBetaFast { get; init; }

    /// <summary>
    /// Dimensions with fewer turns over the original context than this are interpolated (<c>beta_slow</c>). Only for <c>yarn</c>.
    /// Defaults to 1.
    /// </summary>
    [Range(1e-6, 1e6)]
    [TrainedWith]
    public double? RopeBetaSlow { get; init; }

    /// <summary>
    /// Factor applied to cosines and sines (<c>attention_factor</c>). Only for <c>yarn</c>. Defaults to 0.1·ln(factor) + 1.
    /// </summary>
    [Range(1e-6, 1e6)]
    [TrainedWith]
    public double? RopeAttentionFactor { get; init; }

    /// <summary>
    /// Maximum number of tokens that a position attends to, including itself (<c>sliding_window</c>; Beltagy et al. 2020). Defaults
    /// to the preset's, or else to no limit. Not for <c>llama</c>.
    /// </summary>
    [Range(1, 100_000_000)]
    [TrainedWith]
    public int? SlidingWindow { get; init; }

    /// <summary>
    /// Indices of the layers with the sliding window (<c>layer_types</c>, <c>max_window_layers</c>). Only for <c>qwen2</c> and
    /// <c>qwen3</c>. Defaults to all layers.
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
    /// Whether the backward pass recomputes each block instead of keeping its activations (Chen et al. 2016): this saves
    /// memory, takes about a third more time, and gives the same gradients.
    /// </summary>
    public bool ActivationCheckpointing { get; init; }

    /// <summary>The token that ends a document (<c>eos_token_id</c>). Defaults to the tokenizer's.</summary>
    [Range(0, 100_000_000)]
    public int? EndOfText { get; init; }

    /// <summary>
    /// The token that starts a document (<c>bos_token_id</c>). Defaults to the tokenizer's, or else the end-of-document token.
    /// </summary>
    [Range(0, 100_000_000)]
    public int? BeginOfText { get; init; }
}
