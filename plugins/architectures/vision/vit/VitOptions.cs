using System.ComponentModel.DataAnnotations;
using Tenon.Layers.Images;

namespace Tenon.Vit;

/// <summary>How a vision transformer converts images to tokens.</summary>
public enum VitStem
{
    /// <summary>A linear map of each patch (Dosovitskiy et al. 2020).</summary>
    Patches,

    /// <summary>3 × 3 convolutions with stride 2, one for each halving of the patch size, and a 1 × 1 convolution (Xiao et al.
    /// 2021).</summary>
    Convolutions,
}

/// <summary>
/// Size and input of a vision transformer (Dosovitskiy et al. 2020; Touvron et al. 2021). Unset options are filled in from the
/// preset, then from the other options, then from the data.
/// </summary>
public sealed record VitOptions : ImageClassifierOptions
{
    /// <summary>A published model, whose sizes apply to all options that are not set. Defaults to <c>vit-base</c>.</summary>
    [AllowedValues(null, "vit-tiny", "vit-small", "vit-base", "vit-large", "vit-huge")]
    public string? Preset { get; init; }

    /// <summary>Number of layers (<c>num_hidden_layers</c>).</summary>
    [Range(1, 1000)]
    [TrainedWith]
    public int? Layers { get; init; }

    /// <summary>Size of the hidden state (<c>hidden_size</c>); a multiple of the number of heads.</summary>
    [Range(1, 1_000_000)]
    [TrainedWith]
    public int? HiddenSize { get; init; }

    /// <summary>
    /// Attention heads in each layer (<c>num_attention_heads</c>). Defaults to the preset's number, or one per 64 of the hidden
    /// size if that is set.
    /// </summary>
    [Range(1, 10_000)]
    [TrainedWith]
    public int? Heads { get; init; }

    /// <summary>Width of the feed-forward network (<c>intermediate_size</c>). Defaults to four times the hidden size.</summary>
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

    /// <summary>
    /// How images are converted to tokens. With <c>convolutions</c>, the patch size must be a power of 2, and the folder has its
    /// own layout, which transformers does not open.
    /// </summary>
    [TrainedWith]
    public VitStem Stem { get; init; }

    /// <summary>Whether queries, keys and values have a bias (<c>qkv_bias</c>).</summary>
    [TrainedWith]
    public bool QkvBias { get; init; } = true;

    /// <summary>Activation of the feed-forward network (<c>hidden_act</c>): <c>gelu</c> is ViT's exact form.</summary>
    [AllowedValues(
        "gelu", "gelu_fast", "gelu_new", "gelu_pytorch_tanh", "linear", "mish", "quick_gelu", "relu", "relu6", "sigmoid", "silu",
        "swish", "tanh")]
    [TrainedWith]
    public string Activation { get; init; } = "gelu";

    /// <summary>Probability of dropping an element of the embeddings and of each layer's outputs (<c>hidden_dropout_prob</c>).</summary>
    [Range(0.0, 0.99)]
    public double Dropout { get; init; }

    /// <summary>Probability of dropping an attention weight (<c>attention_probs_dropout_prob</c>).</summary>
    [Range(0.0, 0.99)]
    public double AttentionDropout { get; init; }

    /// <summary>
    /// Stochastic depth: probability of skipping a branch of the last layer for an image; it rises linearly from 0 in the first
    /// layer. 0.1 in DeiT's recipe (Touvron et al. 2021).
    /// </summary>
    [Range(0.0, 0.99)]
    public double DropPathRate { get; init; }

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
