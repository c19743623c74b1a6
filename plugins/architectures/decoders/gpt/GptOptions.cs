using System.ComponentModel.DataAnnotations;

namespace Tenon.Gpt;

/// <summary>
/// Size and shape of a GPT (Radford et al. 2019; Brown et al. 2020). Unset options are filled in from the preset, then from the
/// other options, then from the tokenizer.
/// </summary>
public record GptOptions
{
    /// <summary>
    /// A published model, whose sizes apply to all options that are not set. Defaults to the smallest GPT-2, <c>gpt2</c>.
    /// </summary>
    [AllowedValues(
        null, "gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl",
        "gpt3-small", "gpt3-medium", "gpt3-large", "gpt3-xl", "gpt3-2.7b", "gpt3-6.7b", "gpt3-13b", "gpt3-175b")]
    public string? Preset { get; init; }

    /// <summary>Number of blocks (<c>n_layer</c>).</summary>
    [Range(1, 1000)]
    [TrainedWith]
    public int? Layers { get; init; }

    /// <summary>Size of the hidden state (<c>n_embd</c>); a multiple of the number of heads.</summary>
    [Range(1, 1_000_000)]
    [TrainedWith]
    public int? HiddenSize { get; init; }

    /// <summary>
    /// Attention heads in each block (<c>n_head</c>). Defaults to the preset's number, or one per 64 of the hidden size if that
    /// is set.
    /// </summary>
    [Range(1, 10_000)]
    [TrainedWith]
    public int? Heads { get; init; }

    /// <summary>Longest sequence in tokens (<c>n_positions</c>).</summary>
    [Range(1, 10_000_000)]
    [TrainedWith(AllowsLess = true)]
    public int? ContextLength { get; init; }

    /// <summary>Number of token ids (<c>vocab_size</c>), at least the tokenizer's. Defaults to the tokenizer's.</summary>
    [Range(1, 100_000_000)]
    [TrainedWith]
    public int? VocabularySize { get; init; }

    /// <summary>Inner size of the feed-forward network (<c>n_inner</c>). Defaults to four times the hidden size.</summary>
    [Range(1, 10_000_000)]
    [TrainedWith]
    public int? FeedForwardSize { get; init; }

    /// <summary>Activation of the feed-forward network (<c>activation_function</c>): <c>gelu_new</c> is GPT-2's tanh form.</summary>
    [AllowedValues(
        "gelu", "gelu_fast", "gelu_new", "gelu_pytorch_tanh", "linear", "mish", "quick_gelu", "relu", "relu6", "sigmoid", "silu", "swish",
        "tanh")]
    [TrainedWith]
    public string Activation { get; init; } = "gelu_new";

    /// <summary>
    /// Probability of dropping an output of attention and feed-forward network (<c>resid_pdrop</c>). GPT-2 used 0.1; a single
    /// pass over a large corpus does not need dropout.
    /// </summary>
    [Range(0.0, 0.99)]
    public double Dropout { get; init; }

    /// <summary>Probability of dropping an attention weight (<c>attn_pdrop</c>).</summary>
    [Range(0.0, 0.99)]
    public double AttentionDropout { get; init; }

    /// <summary>Probability of dropping an input embedding (<c>embd_pdrop</c>).</summary>
    [Range(0.0, 0.99)]
    public double EmbeddingDropout { get; init; }

    /// <summary>Added to the variance in each layer norm (<c>layer_norm_epsilon</c>).</summary>
    [Range(1e-12, 0.1)]
    [TrainedWith]
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Standard deviation of the initial weights (<c>initializer_range</c>).</summary>
    [Range(0.0, 10.0)]
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Whether attention scores are divided by the root of the head size (<c>scale_attn_weights</c>).</summary>
    [TrainedWith]
    public bool ScaleAttention { get; init; } = true;

    /// <summary>
    /// Whether attention scores are also divided by the number of the layer, from 1 (<c>scale_attn_by_inverse_layer_idx</c>).
    /// </summary>
    [TrainedWith]
    public bool ScaleAttentionByInverseLayer { get; init; }

    /// <summary>Whether attention runs in float32 regardless of the precision of the run (<c>reorder_and_upcast_attn</c>).</summary>
    public bool UpcastAttention { get; init; }

    /// <summary>
    /// Whether the output layer shares its weight with the token embedding (<c>tie_word_embeddings</c>; Press and Wolf 2017).
    /// </summary>
    [TrainedWith]
    public bool TieEmbeddings { get; init; } = true;

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
