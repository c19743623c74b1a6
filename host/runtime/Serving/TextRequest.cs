using Tenon.Host.Inference.Text;

namespace Tenon.Host.Serving;

/// <summary>A text to generate.</summary>
/// <param name="Input">The prompt, or source.</param>
/// <param name="Sampling">How tokens are chosen, and the texts that end it.</param>
/// <param name="Random">The only source of randomness.</param>
/// <param name="Ends">The ids that end the text.</param>
internal sealed record TextRequest(GenerationInput Input, SamplingOptions Sampling, SeededRandom Random, IReadOnlyList<int> Ends)
{
    /// <summary>Scores to return with each token (<see cref="GenerationRequest.TopScores"/>); null for none.</summary>
    public int? TopScores { get; init; }

    /// <summary>Tokens that the cache holds for this text.</summary>
    /// <param name="contextLength">The model's context length.</param>
    public int CachedTokens(int contextLength) =>
        (Input.Source?.Count ?? 0) + (int)Math.Min(contextLength, Input.Prompt.Count + (long)Sampling.MaxNewTokens - 1);
}

/// <summary>The next part of a text: complete characters, no part of a stop text.</summary>
/// <param name="Text">The text; may be empty in the last part.</param>
/// <param name="Tokens">The tokens whose text begins in this part; empty unless the request asks for scores.</param>
/// <param name="TokenCount">Number of tokens generated so far, with the one that ended the text.</param>
/// <param name="Ending">Why the text ended (<see cref="GenerationEnding"/>), in the last part; otherwise null.</param>
internal sealed record TextPart(string Text, IReadOnlyList<ScoredToken> Tokens, int TokenCount, string? Ending);

/// <summary>A generated token with its scores.</summary>
/// <param name="Id">The token id.</param>
/// <param name="Scores">Its scores.</param>
internal sealed record ScoredToken(int Id, TokenScores Scores);
