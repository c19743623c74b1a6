using System.ComponentModel.DataAnnotations;
using Tenon.Layers.Images;

namespace Tenon.Resnet;

/// <summary>How a residual layer is built (He et al. 2016, figure 5).</summary>
public enum ResidualLayer
{
    /// <summary>Two 3 × 3 convolutions.</summary>
    Basic,

    /// <summary>1 × 1, 3 × 3 and 1 × 1 convolutions, the first two with a quarter of the channels.</summary>
    Bottleneck,
}

/// <summary>
/// Size and input of a residual network (He et al. 2016). Unset options are filled in from the preset, then from the data.
/// </summary>
public sealed record ResnetOptions : ImageClassifierOptions
{
    /// <summary>A published model, whose sizes apply to all options that are not set. Defaults to <c>resnet-50</c>.</summary>
    [AllowedValues(null, "resnet-18", "resnet-34", "resnet-50", "resnet-101", "resnet-152")]
    public string? Preset { get; init; }

    /// <summary>Channels after the first convolution (<c>embedding_size</c>).</summary>
    [Range(1, 100_000)]
    [TrainedWith]
    public int? EmbeddingSize { get; init; }

    /// <summary>Channels of each stage (<c>hidden_sizes</c>); multiples of 4 with bottleneck layers.</summary>
    [ItemRange(1, 100_000)]
    [TrainedWith]
    public IReadOnlyList<int>? HiddenSizes { get; init; }

    /// <summary>Layers of each stage (<c>depths</c>), one number for each of <see cref="HiddenSizes"/>.</summary>
    [ItemRange(1, 1000)]
    [TrainedWith]
    public IReadOnlyList<int>? Depths { get; init; }

    /// <summary>How each layer is built (<c>layer_type</c>).</summary>
    [TrainedWith]
    public ResidualLayer? LayerType { get; init; }

    /// <summary>Activation after each convolution and each sum (<c>hidden_act</c>).</summary>
    [AllowedValues(
        "gelu", "gelu_fast", "gelu_new", "gelu_pytorch_tanh", "linear", "mish", "quick_gelu", "relu", "relu6", "sigmoid", "silu",
        "swish", "tanh")]
    [TrainedWith]
    public string Activation { get; init; } = "relu";

    /// <summary>Whether the first stage also halves height and width (<c>downsample_in_first_stage</c>).</summary>
    [TrainedWith]
    public bool DownsampleInFirstStage { get; init; }

    /// <summary>
    /// Whether the first 1 × 1 convolution of a bottleneck halves height and width instead of the 3 × 3 one
    /// (<c>downsample_in_bottleneck</c>), as in the original network, which is less accurate than the usual one.
    /// </summary>
    [TrainedWith]
    public bool DownsampleInBottleneck { get; init; }

    /// <summary>
    /// Stochastic depth (Huang et al. 2016): probability of skipping the convolutions of the last layer for an image; it rises linearly
    /// from 0 in the first layer. Published: 0.5 for a network of 110 layers.
    /// </summary>
    [Range(0.0, 0.99)]
    public double DropPathRate { get; init; }

    /// <summary>
    /// Whether training normalizes with the running statistics without updating them, which suits fine-tuning on few images,
    /// small batches or gradient accumulation. Gains and offsets are still trained.
    /// </summary>
    public bool FrozenNorms { get; init; }
}
