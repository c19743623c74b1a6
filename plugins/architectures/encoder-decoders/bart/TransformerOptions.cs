using System.ComponentModel.DataAnnotations;

namespace Tenon.Bart;

/// <summary>
/// Sizes of an encoder and a decoder with post-normalization (Vaswani et al. 2017). Unset options are filled in from the preset, then
/// from the other options, then from the tokenizer.
/// </summary>
public abstract record TransformerOptions
{
    /// <summary>Number of encoder blocks (<c>encoder_layers</c>).</summary>
    [Range(1, 1000)]
    [TrainedWith]
    public int? Layers { get; init; }

    /// <summary>Number of decoder blocks (<c>decoder_layers</c>). Defaults to the number of encoder blocks.</summary>
    [Range(1, 1000)]
    [TrainedWith]
    public int? DecoderLayers { get; init; }

    /// <summary>Size of the hidden state (<c>d_model</c>); an even multiple of the numbers of heads.</summary>
    [Range(2, 1_000_000)]
    [TrainedWith]
    public int? HiddenSize { get; init; }

    /// <summary>
    /// Attention heads in each encoder block (<c>encoder_attention_heads</c>). Defaults to the preset's number, or one per 64 of the
    /// hidden size if that is set.
    /// </summary>
    [Range(1, 10_000)]
    [TrainedWith]
    public int? Heads { get; init; }

    /// <summary>Attention heads in each decoder block (<c>decoder_attention_heads</c>). Defaults to those of the encoder.</summary>
    [Range(1, 10_000)]
    [TrainedWith]
    public int? DecoderHeads { get; init; }

    /// <summary>
    /// Inner size of the encoder's feed-forward network (<c>encoder_ffn_dim</c>). Defaults to four times the hidden size if that is set.
    /// </summary>
    [Range(1, 10_000_000)]
    [TrainedWith]
    public int? FeedForwardSize { get; init; }

    /// <summary>Inner size of the decoder's feed-forward network (<c>decoder_ffn_dim</c>). Defaults to that of the encoder.</summary>
    [Range(1, 10_000_000)]
    [TrainedWith]
    public int? DecoderFeedForwardSize { get; init; }

    /// <summary>Longest source and longest target in tokens (<c>max_position_embeddings</c>).</summary>
    [Range(4, 10_000_000)]
    [TrainedWith(AllowsLess = true)]
    public int? ContextLength { get; init; }

    /// <summary>Number of token ids (<c>vocab_size</c>), at least the tokenizer's. Defaults to the number needed.</summary>
    [Range(2, 100_000_000)]
    [TrainedWith]
    public int? VocabularySize { get; init; }

    /// <summary>Activation of the feed-forward network (<c>activation_function</c>). Defaults to the preset's.</summary>
    [AllowedValues(
        null, "gelu", "gelu_fast", "gelu_new", "gelu_pytorch_tanh", "linear", "mish", "quick_gelu", "relu", "relu6", "sigmoid", "silu",
        "swish", "tanh")]
    [TrainedWith]
    public string? Activation { get; init; }

    /// <summary>Whether token embeddings are multiplied by the root of the hidden size (<c>scale_embedding</c>).</summary>
    [TrainedWith]
    public bool? ScaleEmbedding { get; init; }

    /// <summary>Probability of dropping an output of attention, feed-forward network and embedding (<c>dropout</c>).</summary>
    [Range(0.0, 0.99)]
    public double Dropout { get; init; } = 0.1;

    /// <summary>Probability of dropping an attention weight (<c>attention_dropout</c>).</summary>
    [Range(0.0, 0.99)]
    public double AttentionDropout { get; init; }

    /// <summary>Probability of dropping an activation of the feed-forward network (<c>activation_dropout</c>).</summary>
    [Range(0.0, 0.99)]
    public double ActivationDropout { get; init; }

    /// <summary>
    /// Label smoothing: share of each target token that is spread over the vocabulary in training (Vaswani et al. 2017, section 5.4);
    /// 0.1 is usual.
    /// </summary>
    [Range(0.0, 0.99)]
    public double LabelSmoothing { get; init; }

    /// <summary>Standard deviation of the initial weights (<c>init_std</c>).</summary>
    [Range(0.0, 10.0)]
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Fills the rest of short rows (<c>pad_token_id</c>). Defaults to the tokenizer's, or a new id.</summary>
    [Range(0, 100_000_000)]
    public int? PadToken { get; init; }

    /// <summary>The token that ends a text (<c>eos_token_id</c>). Defaults to the tokenizer's, or a new id.</summary>
    [Range(0, 100_000_000)]
    public int? EndOfText { get; init; }

    /// <summary>The token that every target starts with (<c>decoder_start_token_id</c>).</summary>
    [Range(0, 100_000_000)]
    public int? DecoderStart { get; init; }

    /// <summary>The first generated token (<c>forced_bos_token_id</c>), such as a target language; null for any.</summary>
    [Range(0, 100_000_000)]
    public int? ForcedBegin { get; init; }

    /// <summary>The last token of a text that reaches the maximum length (<c>forced_eos_token_id</c>); null for any.</summary>
    [Range(0, 100_000_000)]
    public int? ForcedEnd { get; init; }
}
