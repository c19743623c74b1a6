using System.ComponentModel.DataAnnotations;
using Tenon.Layers.Images;

namespace Tenon.Cnn;

/// <summary>Size and input of a plain convolutional network similar to VGG (Simonyan and Zisserman 2014).</summary>
public sealed record CnnOptions : ImageClassifierOptions
{
    /// <summary>Channels of each stage; after each, height and width are halved. Defaults to 32, 64, 128.</summary>
    [ItemRange(1, 100_000)]
    [TrainedWith]
    public IReadOnlyList<int>? HiddenSizes { get; init; }

    /// <summary>3 × 3 convolutions in each stage, each with batch normalization and a ReLU.</summary>
    [Range(1, 100)]
    [TrainedWith]
    public int ConvolutionsPerStage { get; init; } = 2;

    /// <summary>Probability of dropping an element of the vector that the head reads.</summary>
    [Range(0.0, 0.99)]
    public double Dropout { get; init; }

    /// <summary>
    /// Whether training normalizes with the running statistics without updating them, which suits fine-tuning on few images,
    /// small batches or gradient accumulation. Gains and offsets are still trained.
    /// </summary>
    public bool FrozenNorms { get; init; }
}
