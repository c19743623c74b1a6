using System.ComponentModel.DataAnnotations;
using Tenon.Layers.Images;

namespace Tenon.Swin;

/// <summary>
/// Size and input of a Swin transformer (Liu et al. 2021). Unset options are filled in from the preset, then from the data.
/// </summary>
public sealed record SwinOptions : ImageClassifierOptions
{
    /// <summary>A published model, whose sizes apply to all options that are not set. Defaults to <c>swin-tiny</c>.</summary>
    [AllowedValues(null, "swin-tiny", "swin-small", "swin-base", "swin-large")]
    public string? Preset { get; init; }

    /// <summary>Size of the hidden state in the first stage (<c>embed_dim</c>), which doubles with each stage.</summary>
    [Range(1, 100_000)]
    [TrainedWith]
    public int? HiddenSize { get; init; }

    /// <summary>Layers of each stage (<c>depths</c>). Every second layer shifts its windows.</summary>
    [ItemRange(1, 1000)]
    [TrainedWith]
    public IReadOnlyList<int>? Depths { get; init; }

    /// <summary>
    /// Attention heads in each stage (<c>num_heads</c>), one number for each of <see cref="Depths"/>. Defaults to the preset's
    /// number, or one per 32 of the hidden size if that is set.
    /// </summary>
    [ItemRange(1, 10_000)]
    [TrainedWith]
    public IReadOnlyList<int>? NumHeads { get; init; }

    /// <summary>
    /// Height and width of a window in patches (<c>window_size</c>), M. Defaults to 7. If the grid of a stage is no larger, the
    /// stage is a single window.
    /// </summary>
    [Range(1, 1000)]
    public int? WindowSize { get; init; }

    /// <summary>
    /// Height and width of a patch in pixels (<c>patch_size</c>). Defaults to 4. Images are padded to a multiple of it.
    /// </summary>
    [Range(1, 1000)]
    [TrainedWith]
    public int? PatchSize { get; init; }

    /// <summary>Width of the feed-forward networks as a multiple of the hidden size (<c>mlp_ratio</c>).</summary>
    [Range(0.1, 100.0)]
    [TrainedWith]
    public double MlpRatio { get; init; } = 4;

    /// <summary>Whether queries, keys and values have a bias (<c>qkv_bias</c>).</summary>
    [TrainedWith]
    public bool QkvBias { get; init; } = true;

    /// <summary>Activation of the feed-forward networks (<c>hidden_act</c>).</summary>
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
    /// Stochastic depth (<c>drop_path_rate</c>): probability of skipping a branch of the last layer for an image; it rises
    /// linearly from 0 in the first layer. Published: 0.2 (tiny), 0.3 (small), 0.5 (base).
    /// </summary>
    [Range(0.0, 0.99)]
    public double DropPathRate { get; init; } = 0.1;

    /// <summary>Added to the variance in each layer norm (<c>layer_norm_eps</c>).</summary>
    [Range(1e-12, 0.1)]
    [TrainedWith]
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Standard deviation of the initial weights (<c>initializer_range</c>).</summary>
    [Range(0.0, 10.0)]
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>
    /// Whether the backward pass recomputes the activations of each layer instead of keeping them (Chen et al. 2016): this
    /// saves memory, takes about a third more time, and gives the same gradients.
    /// </summary>
    public bool ActivationCheckpointing { get; init; }
}
