using System.ComponentModel.DataAnnotations;

namespace Tenon.NeoX;

/// <summary>
/// Size and shape of a GPT-NeoX (Black et al. 2022). Options that are not set are filled from the preset, then from the
/// other values, then from the tokenizer.
/// </summary>
public record NeoXOptions
{
    /// <summary>A published size, for everything that is not set here; null: <c>pythia-70m</c>.</summary>
    [AllowedValues(null, "pythia-70m", "pythia-160m", "pythia-410m", "neox-20b")]
    public string? Preset { get; init; }

    /// <summary>Number of blocks (<c>num_hidden_layers</c>).</summary>
    [Range(1, 1000)]
    [TrainedWith]
    public int? Layers { get; init; }

    /// <summary>Size of the hidden state (<c>hidden_size</c>); a multiple of the heads.</summary>
    [Range(1, 1_000_000)]
    [TrainedWith]
    public int? HiddenSize { get; init; }

    /// <summary>Attention heads in each block (<c>num_attention_heads</c>).</summary>
    [Range(1, 10_000)]
    [TrainedWith]
    public int? Heads { get; init; }

    /// <summary>Size inside the feed-forward network (<c>intermediate_size</c>); null: four times the hidden size.</summary>
    [Range(1, 10_000_000)]
    [TrainedWith]
    public int? FeedForwardSize { get; init; }

    /// <summary>Longest sequence in tokens (<c>max_position_embeddings</c>); null: 2,048.</summary>
    [Range(1, 10_000_000)]
    [TrainedWith(AllowsLess = true)]
    public int? ContextLength { get; init; }

    /// <summary>Number of token ids (<c>vocab_size</c>), at least the tokenizer's. Defaults to the tokenizer's.</summary>
    [Range(1, 100_000_000)]
    [TrainedWith]
    public int? VocabularySize { get; init; }

    /// <summary>Share of each head whose dimensions are rotated (<c>rotary_pct</c>).</summary>
    [Range(0.0, 1.0)]
    [TrainedWith]
    public double RotaryShare { get; init; } = 0.25;

    /// <summary>Base of the rotary wavelengths (<c>rotary_emb_base</c>).</summary>
    [Range(1.0, 1e12)]
    [TrainedWith]
    public double RotaryBase { get; init; } = 10_000;

    /// <summary>Activation of the feed-forward network (<c>hidden_act</c>).</summary>
    [AllowedValues("gelu", "gelu_fast", "gelu_new", "relu", "silu", "tanh")]
    [TrainedWith]
    public string Activation { get; init; } = "gelu";

    /// <summary>Probability of dropping an embedding or an output of a block's parts (<c>hidden_dropout</c>).</summary>
    [Range(0.0, 0.99)]
    public double Dropout { get; init; }

    /// <summary>Probability of dropping an attention weight (<c>attention_dropout</c>).</summary>
    [Range(0.0, 0.99)]
    public double AttentionDropout { get; init; }

    /// <summary>Added to the variance in each layer norm (<c>layer_norm_eps</c>).</summary>
    [Range(1e-12, 0.1)]
    [TrainedWith]
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Standard deviation of the initial weights (<c>initializer_range</c>).</summary>
    [Range(0.0, 10.0)]
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Whether the backward pass recomputes each block to save memory.</summary>
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
