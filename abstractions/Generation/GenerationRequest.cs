namespace Tenon;

/// <summary>A prompt for a <see cref="GenerationBatch"/>, with settings of its own.</summary>
/// <param name="Prompt">Token ids, at least one; for a model with an encoder, the target so far.</param>
/// <param name="Random">The only source of randomness of the row.</param>
public sealed record GenerationRequest(IReadOnlyList<int> Prompt, SeededRandom Random)
{
    /// <summary>Token ids of the text that an encoder reads; null if there is only a prompt.</summary>
    public IReadOnlyList<int>? Source { get; init; }

    /// <summary>How tokens are chosen; null for the batch's options. Stop texts are handled by the caller.</summary>
    public SamplingOptions? Options { get; init; }

    /// <summary>The ids that end the row; null for the batch's.</summary>
    public IReadOnlyList<int>? EndOfText { get; init; }

    /// <summary>
    /// How many of the most probable tokens to keep for each generated token in <see cref="GenerationRow.Scores"/>; 0 keeps only the
    /// score of the generated token, and null none.
    /// </summary>
    public int? TopScores { get; init; }
}
