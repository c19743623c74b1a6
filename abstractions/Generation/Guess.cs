namespace Tenon;

/// <summary>Guesses of the next tokens of a row, which the model checks in one pass.</summary>
/// <param name="Tokens">The tokens; empty for none.</param>
/// <param name="Distributions">
/// The distribution from which each token was drawn, float64 [V] on the CPU; null if a guess is kept only where the model itself draws the
/// same token.
/// </param>
internal sealed record Guess(int[] Tokens, IReadOnlyList<Tensor>? Distributions = null)
{
    /// <summary>No guess.</summary>
    public static Guess None { get; } = new([]);

    /// <summary>Number of tokens.</summary>
    public int Length => Tokens.Length;

    /// <summary>The token that a draft drew at a position; null if there is none.</summary>
    public Proposal? At(int position) =>
        Distributions is not null && position < Tokens.Length ? new Proposal(Tokens[position], Distributions[position]) : null;
}

/// <summary>A token that a draft drew.</summary>
/// <param name="Token">The token.</param>
/// <param name="Distribution">The distribution from which it was drawn, float64 [V] on the CPU.</param>
internal sealed record Proposal(int Token, Tensor Distribution);
