using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.Problems;

/// <summary>What is to be done with a sequence.</summary>
public enum SequenceTask
{
    /// <summary>Repeat it.</summary>
    Copy,

    /// <summary>Repeat it from its end.</summary>
    Reverse,

    /// <summary>Repeat its first letter, which depends on a token as far back as the sequence is long.</summary>
    First,
}

/// <summary>Options of <c>sequences</c>.</summary>
public sealed record SequencesOptions
{
    /// <summary>What the response is.</summary>
    public SequenceTask Task { get; init; } = SequenceTask.Copy;

    /// <summary>Shortest training sequence in letters.</summary>
    [Range(1, 100_000)]
    public int MinLength { get; init; } = 1;

    /// <summary>Longest training sequence in letters; each length is equally likely.</summary>
    [Range(1, 100_000)]
    public int MaxLength { get; init; } = 20;

    /// <summary>Shortest held-out sequence. Defaults to <see cref="MinLength"/>; longer ones test whether a model generalizes.</summary>
    [Range(1, 100_000)]
    public int? HeldOutMinLength { get; init; }

    /// <summary>
    /// Longest held-out sequence. Defaults to <see cref="MaxLength"/>, or to the shortest held-out length if that is larger.
    /// </summary>
    [Range(1, 100_000)]
    public int? HeldOutMaxLength { get; init; }

    /// <summary>Number of different letters.</summary>
    [Range(2, 26)]
    public int Letters { get; init; } = 26;

    /// <summary>Maximum number of training sequences; all are different.</summary>
    [Range(1, 10_000_000)]
    public int Sequences { get; init; } = 20_000;

    /// <summary>Maximum number of held-out sequences. None of them is a training sequence.</summary>
    [Range(1, 1_000_000)]
    public int HeldOut { get; init; } = 500;

    /// <summary>Equal seeds give equal sequences, regardless of the run's seed.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; } = 1;
}
