namespace Tenon.Host.Evaluation;

/// <summary>Accuracy on the generated images of a class.</summary>
/// <param name="Label">Name of the class.</param>
/// <param name="Images">Number of generated images.</param>
/// <param name="AsAsked">Share of them that the classifier assigns to the class.</param>
public sealed record GeneratedClass(string Label, long Images, double AsAsked);

/// <summary>Evaluation of generated images with a classifier.</summary>
public sealed record GenerationFigures
{
    /// <summary>Folder of the classifier.</summary>
    public required string Classifier { get; init; }

    /// <summary>Number of generated images.</summary>
    public required long Generated { get; init; }

    /// <summary>Number of real images of the split that the generated ones are compared with.</summary>
    public required long Real { get; init; }

    /// <summary>Size of the classifier's features.</summary>
    public required int Features { get; init; }

    /// <summary>Scale of classifier-free guidance.</summary>
    public required double Guidance { get; init; }

    /// <summary>Seed of the images.</summary>
    public required long Seed { get; init; }

    /// <summary>Share of the generated images that the classifier assigns to the requested class; null without classes.</summary>
    public double? AsAsked { get; init; }

    /// <summary>
    /// Share of the real images that the classifier assigns to their class: the value of <see cref="AsAsked"/> to expect from
    /// perfect images.
    /// </summary>
    public double? RealAsLabelled { get; init; }

    /// <summary><see cref="AsAsked"/> per class.</summary>
    public IReadOnlyList<GeneratedClass> Classes { get; init; } = [];

    /// <summary>
    /// Fréchet distance between the features of generated and real images (Heusel et al. 2017, with this classifier's
    /// features).
    /// </summary>
    public required double FrechetDistance { get; init; }

    /// <summary>
    /// The distance between the same real images and an equal number from the other split: the value to expect from perfect images.
    /// Null without another split.
    /// </summary>
    public double? FrechetDistanceOfReal { get; init; }

    /// <summary>Number of images of the other split in <see cref="FrechetDistanceOfReal"/>.</summary>
    public long? OtherReal { get; init; }
}
