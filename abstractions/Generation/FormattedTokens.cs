using TorchSharp;

namespace Tenon;

/// <summary>The effect of an <see cref="ITokenFormat"/> on the scores of the next token.</summary>
internal static class FormattedTokens
{
    /// <summary>Excludes the tokens that may not come next.</summary>
    /// <param name="logits">float32 [B, V]. Not disposed.</param>
    /// <param name="states">The state of each row; null for a row in any format.</param>
    /// <param name="endOfText">The ids that end a text, allowed only where the text may end.</param>
    /// <returns>The logits, with a large negative number for tokens that are not allowed, in the current dispose scope.</returns>
    /// <exception cref="ModelException">A row has no token that is allowed.</exception>
    public static Tensor Apply(Tensor logits, IReadOnlyList<ITokenFormatState?> states, IReadOnlyList<int> endOfText)
    {
        int vocabulary = (int)logits.size(1);
        var allowed = new bool[states.Count * vocabulary];
        foreach ((int at, ITokenFormatState? state) in states.Index())
        {
            Span<bool> row = allowed.AsSpan(at * vocabulary, vocabulary);
            if (state is null)
            {
                row.Fill(true);
                continue;
            }

            state.Allow(row);
            foreach (int end in endOfText.Where(id => id < vocabulary))
                row[end] = state.MayEnd;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        Tensor excluded = torch.tensor(allowed, [states.Count, vocabulary], device: logits.device).logical_not();
        Tensor result = logits.masked_fill(excluded, TokenDistribution.Excluded);
        if (result.amax([-1L]).le(TokenDistribution.Excluded / 2).any().item<bool>())
        {
            throw new ModelException(
                "No token continues the text in its format: the vocabulary cannot spell the rest of the text, or constraints on tokens " +
                "exclude it. Change the format or the constraints.");
        }

        return result.MoveToOuterDisposeScope();
    }
}
