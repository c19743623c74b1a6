using System.ComponentModel.DataAnnotations;

namespace Tenon.Host.Evaluation;

/// <summary>Options for evaluating a model.</summary>
public sealed record EvaluationOptions
{
    /// <summary>
    /// The split to measure on. Null for the run's validation data or, if the settings select other data or the folder does not
    /// belong to a run, for all examples (<see cref="All"/>).
    /// </summary>
    public Split? Split { get; init; }

    /// <summary>Whether to measure on all examples that the data yields for training, without holding any out.</summary>
    public bool All { get; init; }

    /// <summary>
    /// Folder for <c>evaluation.json</c> and, for a classifier, <c>confusion.png</c>; created if missing. If it is null, nothing is
    /// written.
    /// </summary>
    public string? Output { get; init; }

    /// <summary>
    /// Maximum number of examples for which the model generates the reply, response or target, or fills in a masked word, to compare it
    /// with the data; 0 for none.
    /// </summary>
    [Range(0, 1_000_000)]
    public int Answers { get; init; }

    /// <summary>Whether ROUGE compares the stems of words (Porter 1980), as is usual for English summaries.</summary>
    public bool Stems { get; init; }

    /// <summary>Folder of an image classifier that evaluates a denoiser's images; if it is null, no images are generated.</summary>
    public string? Classifier { get; init; }

    /// <summary>Images to generate per class, or in total if the denoiser has no classes.</summary>
    [Range(1, 100_000)]
    public int Count { get; init; } = 50;

    /// <summary>Denoising steps; null for the number set by the recipe's sampler.</summary>
    [Range(1, 100_000)]
    public int? Steps { get; init; }

    /// <summary>Scale of classifier-free guidance; 1 turns it off.</summary>
    [Range(0.0, 100.0)]
    public double Guidance { get; init; } = 1;

    /// <summary>Seed of the generated images.</summary>
    [Range(0, long.MaxValue)]
    public long Seed { get; init; } = 1;
}
