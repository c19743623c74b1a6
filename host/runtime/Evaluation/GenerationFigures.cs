namespace Tenon.Host.Evaluation;

/// <summary>How often images of a class are taken for it.</summary>
/// <param name="Label">Name of the class.</param>
/// <param name="Images">Images generated of it.</param>
/// <param name="AsAsked">Share of them that the classifier takes for it.</param>
public sealed record GeneratedClass(string Label, long Images, double AsAsked);

/// <summary>How a classifier judges generated images.</summary>
public sealed record GenerationFigures
{
    /// <summary>Folder of the classifier.</summary>
    public required string Classifier { get; init; }

    /// <summary>Images generated.</summary>
    public required long Generated { get; init; }

    /// <summary>Real images of the split that they are compared with.</summary>
    public required long Real { get; init; }

    /// <summary>Size of the classifier's features.</summary>
    public required int Features { get; init; }

    /// <summary>Scale of classifier-free guidance.</summary>
    public required double Guidance { get; init; }

    /// <summary>Seed of the images.</summary>
    public required long Seed { get; init; }

    /// <summary>Share of the generated images that the classifier takes for the class asked for; null without classes.</summary>
    public double? AsAsked { get; init; }

    /// <summary>Share of the real images that the classifier takes for their class: what <see cref="AsAsked"/> can be expected to reach.</summary>
    public double? RealAsLabelled { get; init; }

    /// <summary>The same of each class.</summary>
    public IReadOnlyList<GeneratedClass> Classes { get; init; } = [];

    /// <summary>Fréchet distance between the features of generated and real images (Heusel et al. 2017, with this classifier's features).</summary>
    public required double FrechetDistance { get; init; }

    /// <summary>The distance between the same real images and as many of the other split; null without one: what images without fault have.</summary>
    public double? FrechetDistanceOfReal { get; init; }

    /// <summary>Images of the other split in <see cref="FrechetDistanceOfReal"/>.</summary>
    public long? OtherReal { get; init; }
}
