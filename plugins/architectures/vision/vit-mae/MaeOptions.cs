using System.ComponentModel.DataAnnotations;
using Tenon.Layers.Images;

namespace Tenon.VitMae;

/// <summary>
/// Size, input and objective of a masked autoencoder (He et al. 2021). Unset options are filled in from the preset, then from
/// the other options, then from the data.
/// </summary>
public sealed record MaeOptions : ImageInputOptions
{
    /// <summary>A published encoder, whose sizes apply to all options that are not set. Defaults to <c>vit-base</c>.</summary>
    [AllowedValues(null, "vit-base", "vit-large", "vit-huge")]
    public string? Preset { get; init; }

    /// <summary>Layers of the encoder (<c>num_hidden_layers</c>).</summary>
    [Range(1, 1000)]
    [TrainedWith]
    public int? Layers { get; init; }

    /// <summary>Size of the encoder's hidden state (<c>hidden_size</c>); a multiple of 4 and of the number of heads.</summary>
    [Range(1, 1_000_000)]
    [TrainedWith]
    public int? HiddenSize { get; init; }

    /// <summary>
    /// Attention heads in each layer of the encoder (<c>num_attention_heads</c>). Defaults to the preset's number, or one per
    /// 64 of the hidden size if that is set.
    /// </summary>
    [Range(1, 10_000)]
    [TrainedWith]
    public int? Heads { get; init; }

    /// <summary>
    /// Width of the encoder's feed-forward network (<c>intermediate_size</c>). Defaults to four times the hidden size.
    /// </summary>
    [Range(1, 10_000_000)]
    [TrainedWith]
    public int? FeedForwardSize { get; init; }

    /// <summary>
    /// Height and width of a patch in pixels (<c>patch_size</c>), a divisor of the image size. Defaults to the preset's if it
    /// gives at least 7 patches per side; for smaller images, to the largest divisor that does.
    /// </summary>
    [Range(1, 10_000)]
    [TrainedWith]
    public int? PatchSize { get; init; }

    /// <summary>Layers of the decoder (<c>decoder_num_hidden_layers</c>).</summary>
    [Range(1, 1000)]
    [TrainedWith]
    public int DecoderLayers { get; init; } = 8;

    /// <summary>
    /// Size of the decoder's hidden state (<c>decoder_hidden_size</c>); a multiple of 4 and of its number of heads.
    /// </summary>
    [Range(1, 1_000_000)]
    [TrainedWith]
    public int DecoderHiddenSize { get; init; } = 512;

    /// <summary>Attention heads in each layer of the decoder (<c>decoder_num_attention_heads</c>).</summary>
    [Range(1, 10_000)]
    [TrainedWith]
    public int DecoderHeads { get; init; } = 16;

    /// <summary>
    /// Width of the decoder's feed-forward network (<c>decoder_intermediate_size</c>). Defaults to four times its hidden size.
    /// </summary>
    [Range(1, 10_000_000)]
    [TrainedWith]
    public int? DecoderFeedForwardSize { get; init; }

    /// <summary>Share of the patches that are hidden from the encoder (<c>mask_ratio</c>).</summary>
    [Range(0.0, 0.99)]
    public double MaskRatio { get; init; } = 0.75;

    /// <summary>Whether the target pixels are normalized in each patch (<c>norm_pix_loss</c>), which improves the encoder.</summary>
    public bool NormPixLoss { get; init; }

    /// <summary>Whether queries, keys and values have a bias (<c>qkv_bias</c>).</summary>
    [TrainedWith]
    public bool QkvBias { get; init; } = true;

    /// <summary>Activation of the feed-forward networks (<c>hidden_act</c>).</summary>
    [AllowedValues(
        "gelu", "gelu_fast", "gelu_new", "gelu_pytorch_tanh", "linear", "mish", "quick_gelu", "relu", "relu6", "sigmoid", "silu",
        "swish", "tanh")]
    [TrainedWith]
    public string Activation { get; init; } = "gelu";

    /// <summary>Probability of dropping an element of each layer's outputs (<c>hidden_dropout_prob</c>).</summary>
    [Range(0.0, 0.99)]
    public double Dropout { get; init; }

    /// <summary>Probability of dropping an attention weight (<c>attention_probs_dropout_prob</c>).</summary>
    [Range(0.0, 0.99)]
    public double AttentionDropout { get; init; }

    /// <summary>Added to the variance in each layer norm (<c>layer_norm_eps</c>).</summary>
    [Range(1e-12, 0.1)]
    [TrainedWith]
    public double LayerNormEpsilon { get; init; } = 1e-12;

    /// <summary>Standard deviation of the initial weights (<c>initializer_range</c>).</summary>
    [Range(0.0, 10.0)]
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>
    /// Whether the backward pass recomputes the activations of each layer instead of keeping them (Chen et al. 2016): this
    /// saves memory, takes about a third more time, and gives the same gradients.
    /// </summary>
    public bool ActivationCheckpointing { get; init; }
}
