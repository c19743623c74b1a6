namespace Tenon;

/// <summary>
/// Log-probabilities at the place of a generated token in the model's own distribution over the ids that can be drawn, before bias,
/// penalties, temperature, top-k and top-p.
/// </summary>
/// <param name="Chosen">Log-probability of the generated token.</param>
/// <param name="Top">The most probable tokens, best first.</param>
public sealed record TokenScores(float Chosen, IReadOnlyList<TokenScore> Top);

/// <summary>A token with its log-probability.</summary>
/// <param name="Token">The token id.</param>
/// <param name="LogProbability">Its log-probability.</param>
public sealed record TokenScore(int Token, float LogProbability);
