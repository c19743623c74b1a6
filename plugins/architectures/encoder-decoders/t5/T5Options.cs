using System.ComponentModel.DataAnnotations;

namespace Tenon.T5;

/// <summary>
/// Size and shape of a T5 (Raffel et al. 2019). Unset options are filled in from the preset, then from the other options, then from
/// the tokenizer.
/// </summary>
public sealed record T5Options
{
    /// <summary>
    /// A published model, whose sizes apply to all options that are not set. Defaults to <c>t5-small</c>. The models of version 1.1
    /// have a gated feed-forward network and a separate head.
    /// </summary>
    [AllowedValues(
        null, "t5-small", "t5-base", "t5-large", "t5-3b", "t5-11b",
        "t5-v1_1-small", "t5-v1_1-base", "t5-v1_1-large", "t5-v1_1-xl", "t5-v1_1-xxl")]
    public string? Preset { get; init; }

    /// <summary>Number of encoder blocks (<c>num_layers</c>).</summary>
    [Range(1, 1000)]
    [TrainedWith]
    public int? Layers { get; init; }

    /// <summary>Number of decoder blocks (<c>num_decoder_layers</c>). Defaults to the number of encoder blocks.</summary>
    [Range(1, 1000)]
    [TrainedWith]
    public int? DecoderLayers { get; init; }

    /// <summary>Size of the hidden state (<c>d_model</c>).</summary>
    [Range(1, 1_000_000)]
    [TrainedWith]
    public int? HiddenSize { get; init; }

    /// <summary>
    /// Attention heads in each block (<c>num_heads</c>). Defaults to the preset's number, or one per 64 of the hidden size if that is
    /// set.
    /// </summary>
    [Range(1, 10_000)]
    [TrainedWith]
    public int? Heads { get; init; }

    /// <summary>
    /// Size of each head (<c>d_kv</c>). Defaults to the preset's, or the hidden size divided by the heads if one of them is set.
    /// </summary>
    [Range(1, 100_000)]
    [TrainedWith]
    public int? HeadSize { get; init; }

    /// <summary>Inner size of the feed-forward network (<c>d_ff</c>). Defaults to four times the hidden size if that is set.</summary>
    [Range(1, 10_000_000)]
    [TrainedWith]
    public int? FeedForwardSize { get; init; }

    /// <summary>
    /// The feed-forward network (<c>feed_forward_proj</c>): with <c>relu</c>, as published first, or with a gate (Shazeer 2020).
    /// Defaults to the preset's.
    /// </summary>
    [AllowedValues(null, "relu", "gelu", "gated-gelu", "gated-silu")]
    [TrainedWith]
    public string? FeedForward { get; init; }

    /// <summary>
    /// Whether the head is the token embedding (<c>tie_word_embeddings</c>; Press and Wolf 2017), with logits divided by the root of
    /// the hidden size. Defaults to the preset's.
    /// </summary>
    [TrainedWith]
    public bool? TieEmbeddings { get; init; }

    /// <summary>
    /// Longest source and longest target in tokens (<c>n_positions</c>). Relative positions have no limit of their own, so a trained
    /// model can read longer texts.
    /// </summary>
    [Range(4, 10_000_000)]
    public int? ContextLength { get; init; }

    /// <summary>
    /// Number of token ids (<c>vocab_size</c>), at least the tokenizer's. Defaults to the tokenizer's, and <see cref="Sentinels"/> more.
    /// </summary>
    [Range(2, 100_000_000)]
    [TrainedWith]
    public int? VocabularySize { get; init; }

    /// <summary>Buckets of relative positions (<c>relative_attention_num_buckets</c>).</summary>
    [Range(4, 100_000)]
    [TrainedWith]
    public int RelativeBuckets { get; init; } = 32;

    /// <summary>Distance from which on positions share a bucket (<c>relative_attention_max_distance</c>).</summary>
    [Range(2, 10_000_000)]
    [TrainedWith]
    public int RelativeMaxDistance { get; init; } = 128;

    /// <summary>Probability of dropping embeddings, attention weights and outputs (<c>dropout_rate</c>). Fine-tuning used 0.1.</summary>
    [Range(0.0, 0.99)]
    public double Dropout { get; init; }

    /// <summary>
    /// Label smoothing: share of each target token that is spread over the vocabulary in training (Vaswani et al. 2017, section 5.4);
    /// 0.1 is usual.
    /// </summary>
    [Range(0.0, 0.99)]
    public double LabelSmoothing { get; init; }

    /// <summary>Added to the mean square in each normalization (<c>layer_norm_epsilon</c>).</summary>
    [Range(1e-12, 0.1)]
    [TrainedWith]
    public double LayerNormEpsilon { get; init; } = 1e-6;

    /// <summary>Multiplies the standard deviation of the initial weights (<c>initializer_factor</c>).</summary>
    [Range(0.0, 10.0)]
    public double InitializerFactor { get; init; } = 1;

    /// <summary>Share of the tokens of packed text that pre-training hides (span corruption, Raffel et al. 2019, section 3.1.4).</summary>
    [Range(0.01, 0.9)]
    public double HiddenShare { get; init; } = 0.15;

    /// <summary>Mean length of the hidden spans in tokens.</summary>
    [Range(1.0, 1000.0)]
    public double MeanSpan { get; init; } = 3;

    /// <summary>
    /// Number of tokens that stand for hidden spans: the tokenizer's <c>&lt;extra_id_0&gt;</c>, <c>&lt;extra_id_1&gt;</c>, …, or the
    /// last ids of the vocabulary if the tokenizer has none.
    /// </summary>
    [Range(1, 10_000)]
    public int Sentinels { get; init; } = 100;

    /// <summary>Fills the rest of short rows (<c>pad_token_id</c>). Defaults to the tokenizer's, or a new id.</summary>
    [Range(0, 100_000_000)]
    public int? PadToken { get; init; }

    /// <summary>The token that ends a text (<c>eos_token_id</c>). Defaults to the tokenizer's, or a new id.</summary>
    [Range(0, 100_000_000)]
    public int? EndOfText { get; init; }

    /// <summary>The token that every target starts with (<c>decoder_start_token_id</c>). Defaults to <see cref="PadToken"/>.</summary>
    [Range(0, 100_000_000)]
    public int? DecoderStart { get; init; }
}
