using TorchSharp;

namespace Tenon;

/// <summary>The effect of <see cref="TokenConstraints"/> on the scores of the next token.</summary>
internal static class ConstrainedTokens
{
    /// <summary>Excludes tokens.</summary>
    /// <param name="scores">float32 [B, V]: logits or log-probabilities. Not disposed.</param>
    /// <param name="constraints">The constraints.</param>
    /// <param name="maxNewTokens">Maximum number of generated tokens of a row.</param>
    /// <param name="endOfText">The ids that end a text.</param>
    /// <param name="rows">Prompt and generated tokens of each row.</param>
    /// <returns>The scores, with a large negative number for tokens that are not allowed, in the current dispose scope.</returns>
    public static Tensor Apply(
        Tensor scores, TokenConstraints constraints, int maxNewTokens, IReadOnlyList<int> endOfText,
        IReadOnlyList<(IReadOnlyList<int> Prompt, IReadOnlyList<int> Tokens)> rows)
    {
        long vocabulary = scores.size(1);
        var excluded = new List<(int Row, int Token)>();
        var forced = new List<(int Row, int Token)>();
        foreach ((int at, (IReadOnlyList<int> prompt, IReadOnlyList<int> tokens)) in rows.Index())
        {
            int length = prompt.Count + tokens.Count;
            if (constraints.ForcedBegin is { } begin && length == 1)
                forced.Add((at, begin));
            else if (constraints.ForcedEnd is { } end && tokens.Count == maxNewTokens - 1)
                forced.Add((at, end));
            else
                excluded.AddRange(Excluded(constraints, endOfText, [.. prompt, .. tokens]).Select(token => (at, token)));
        }

        if (excluded.Count + forced.Count == 0)
            return scores;
        if (excluded.Concat(forced).FirstOrDefault(entry => entry.Token >= vocabulary) is { Token: > 0 } unknown)
        {
            throw new ModelException(
                $"Token {unknown.Token} is constrained, but the model's vocabulary has {vocabulary} ids. Correct the id.");
        }

        using DisposeScope scope = torch.NewDisposeScope();
        Tensor mask = torch.zeros(scores.shape, torch.ScalarType.Bool);
        Set(mask, excluded, true);
        if (forced.Count > 0)
        {
            mask.index_fill_(0, torch.tensor(forced.ConvertAll(entry => (long)entry.Row)), true);
            Set(mask, forced, false);
        }

        Tensor result = scores.masked_fill(mask.to(scores.device), TokenDistribution.Excluded);
        foreach ((int row, int token) in forced)
            result[row, token] = torch.tensor(0f, device: scores.device);
        return result.MoveToOuterDisposeScope();
    }

    private static void Set(Tensor mask, List<(int Row, int Token)> entries, bool value)
    {
        if (entries.Count == 0)
            return;
        Tensor rows = torch.tensor(entries.ConvertAll(entry => (long)entry.Row));
        Tensor tokens = torch.tensor(entries.ConvertAll(entry => (long)entry.Token));
        mask.index_put_(torch.tensor(value), rows, tokens);
    }

    // The tokens that must not follow a row.
    private static HashSet<int> Excluded(TokenConstraints constraints, IReadOnlyList<int> endOfText, int[] row)
    {
        var excluded = new HashSet<int>();
        if (row.Length < constraints.MinLength)
            excluded.UnionWith(endOfText);
        foreach (IReadOnlyList<int> word in constraints.BadWords)
        {
            bool endsText = word.Count == 1 && endOfText.Contains(word[0]);
            if (word.Count > 0 && !endsText && EndsWith(row, word.Take(word.Count - 1)))
                excluded.Add(word[^1]);
        }

        int size = constraints.NoRepeatNGramSize;
        if (size > 0 && row.Length >= size)
        {
            ReadOnlySpan<int> last = row.AsSpan(row.Length - size + 1);
            for (int start = 0; start + size <= row.Length; start++)
            {
                if (row.AsSpan(start, size - 1).SequenceEqual(last))
                    excluded.Add(row[start + size - 1]);
            }
        }

        return excluded;
    }

    private static bool EndsWith(int[] row, IEnumerable<int> tokens)
    {
        int[] wanted = [.. tokens];
        return wanted.Length <= row.Length && row.AsSpan(row.Length - wanted.Length).SequenceEqual(wanted);
    }
}
