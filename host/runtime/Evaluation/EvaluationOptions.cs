using System.ComponentModel.DataAnnotations;

namespace Tenon.Host.Evaluation;

/// <summary>What is measured of a run's model.</summary>
public sealed record EvaluationOptions
{
    /// <summary>The part of the data to measure on.</summary>
    public Split Split { get; init; } = Split.Validation;

    /// <summary>Folder of a classifier of images that judges what a denoiser makes; null: generated images are not judged.</summary>
    public string? Classifier { get; init; }

    /// <summary>Images to generate of each class, or in all when the denoiser has no classes.</summary>
    [Range(1, 100_000)]
    public int Count { get; init; } = 50;

    /// <summary>Denoising steps; null: those of the recipe's sampler.</summary>
    [Range(1, 100_000)]
    public int? Steps { get; init; }

    /// <summary>Scale of classifier-free guidance; 1: none.</summary>
    [Range(0.0, 100.0)]
    public double Guidance { get; init; } = 1;

    /// <summary>Seed of the generated images.</summary>
    [Range(0, long.MaxValue)]
    public long Seed { get; init; } = 1;
}
