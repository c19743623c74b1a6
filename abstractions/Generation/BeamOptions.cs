using System.ComponentModel.DataAnnotations;

namespace Tenon;

/// <summary>When a beam search ends before the maximum length.</summary>
public enum BeamStopping
{
    /// <summary>
    /// When no beam that continues would have a better score than the worst finished text if it ended now (<c>early_stopping</c>:
    /// false).
    /// </summary>
    WhenNoneIsBetter,

    /// <summary>As soon as there are as many finished texts as beams (<c>early_stopping</c>: true).</summary>
    WhenEnoughFinished,

    /// <summary>
    /// When no beam could reach a better score at any length up to the maximum (<c>early_stopping</c>: "never").
    /// </summary>
    WhenNoneCanBeBetter,
}

/// <summary>Options of a beam search.</summary>
public sealed record BeamOptions
{
    /// <summary>Number of beams (<c>num_beams</c>).</summary>
    [Range(1, 10_000)]
    public int Beams { get; init; } = 4;

    /// <summary>Number of texts to return for each prompt, at most <see cref="Beams"/> (<c>num_return_sequences</c>).</summary>
    [Range(1, 10_000)]
    public int Results { get; init; } = 1;

    /// <summary>
    /// Exponent p of the score: the log-probability divided by lengthᵖ (<c>length_penalty</c>). Above 0, longer texts score better;
    /// 0 compares log-probabilities.
    /// </summary>
    [Range(-100.0, 100.0)]
    public double LengthPenalty { get; init; } = 1;

    /// <summary>When the search ends before the maximum length.</summary>
    public BeamStopping Stopping { get; init; }
}

/// <summary>A text that a beam search found.</summary>
/// <param name="Tokens">The generated tokens, with the id that ended them, if there is one.</param>
/// <param name="Score">The sum of the tokens' log-probabilities divided by their number to the power of the length penalty.</param>
/// <param name="Ending">Why it ended: a <see cref="GenerationEnding"/>.</param>
public sealed record BeamResult(IReadOnlyList<int> Tokens, double Score, string Ending);
