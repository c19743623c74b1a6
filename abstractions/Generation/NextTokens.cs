using TorchSharp;

namespace Tenon;

/// <summary>Draws the next token of each row of a <see cref="GenerationBatch"/>, as the row's options say.</summary>
internal static class NextTokens
{
    /// <summary>Appends a token to each row.</summary>
    /// <param name="logits">float32 [B, V] after the last token of each row. Not disposed.</param>
    /// <param name="rows">The rows in order.</param>
    /// <param name="keepLogProbabilities">Whether the rows keep the log-probabilities of their tokens.</param>
    /// <param name="proposals">The token that a draft drew for each row; null for none.</param>
    public static void Draw(
        Tensor logits, IReadOnlyList<GenerationRow> rows, bool keepLogProbabilities, IReadOnlyList<Proposal?> proposals)
    {
        // Rows with equal options share the work on the vocabulary.
        foreach (var group in rows.Index().GroupBy(row => (row.Item.Options, row.Item.EndOfText)))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            (int Index, GenerationRow Item)[] members = [.. group];
            Tensor own = members.Length == rows.Count ? logits : Select(logits, members.Select(member => member.Index));
            Draw(
                own, [.. members.Select(member => member.Item)], [.. members.Select(member => proposals[member.Index])], group.Key.Options,
                group.Key.EndOfText, keepLogProbabilities);
        }
    }

    private static void Draw(
        Tensor logits, GenerationRow[] rows, Proposal?[] proposals, SamplingOptions options, IReadOnlyList<int> endOfText,
        bool keepLogProbabilities)
    {
        Tensor allowed = options.Constraints is { } constraints
            ? ConstrainedTokens.Apply(
                logits, constraints, options.MaxNewTokens, endOfText, [.. rows.Select(row => (row.Prompt, row.Tokens))])
            : logits;
        if (options.Format is not null)
            allowed = FormattedTokens.Apply(allowed, Array.ConvertAll(rows, row => row.Format), endOfText);
        Tensor distribution = TokenDistribution.Logits(allowed, options, Occurred(rows, options, logits), Counts(rows, options, logits));
        Tensor chosen = options.Temperature == 0 ? distribution.argmax(-1) // [B]
            : Array.TrueForAll(proposals, proposal => proposal is null)
                ? TokenDistribution.Draw(distribution, [.. rows.Select(row => row.Request.Random.NextDouble())])
                : ProposedTokens.Draw(distribution, rows, proposals);
        float[]? logProbabilities = keepLogProbabilities
            ? [.. distribution.log_softmax(-1).gather(1, chosen.unsqueeze(1)).cpu().data<float>()]
            : null;
        long[] tokens = [.. chosen.cpu().data<long>()];
        TokenScores?[] scores = Scores(logits, rows, tokens, options.VocabularySize);
        foreach ((int at, GenerationRow row) in rows.Index())
        {
            row.Add((int)tokens[at], logProbabilities?[at], scores[at]);
            if (!endOfText.Contains(row.LastToken))
                row.Format?.Add(row.LastToken);
        }
    }

    // The scores of the rows that ask for them.
    private static TokenScores?[] Scores(Tensor logits, GenerationRow[] rows, long[] tokens, int? vocabularySize)
    {
        var scores = new TokenScores?[rows.Length];
        foreach (var group in rows.Index().Where(row => row.Item.Request.TopScores is not null)
            .GroupBy(row => row.Item.Request.TopScores!.Value))
        {
            int[] members = [.. group.Select(row => row.Index)];
            using DisposeScope scope = torch.NewDisposeScope();
            long ids = Math.Min(logits.size(1), vocabularySize ?? long.MaxValue);
            Tensor all = Select(logits, members).narrow(1, 0, ids).to(torch.ScalarType.Float32).log_softmax(-1); // [B, ids]
            Tensor column = torch.tensor(Array.ConvertAll(members, member => tokens[member]), device: logits.device).unsqueeze(1);
            float[] chosen = [.. all.gather(1, column).cpu().data<float>()];
            int count = (int)Math.Min(group.Key, ids);
            float[] best = [];
            long[] found = [];
            if (count > 0)
            {
                (Tensor values, Tensor indices) = all.topk(count, 1);
                (best, found) = ([.. values.cpu().data<float>()], [.. indices.cpu().data<long>()]);
            }

            foreach ((int at, int member) in members.Index())
            {
                scores[member] = new TokenScores(chosen[at],
                    [.. Enumerable.Range(at * count, count).Select(i => new TokenScore((int)found[i], best[i]))]);
            }
        }

        return scores;
    }

    // bool [B, V]: the tokens of prompt and text; null if there is no repetition penalty.
    private static Tensor? Occurred(GenerationRow[] rows, SamplingOptions options, Tensor logits)
    {
        if (options.RepetitionPenalty == 1)
            return null;
        using DisposeScope scope = torch.NewDisposeScope();
        return Table(logits, rows, row => row.Occurred.Select(token => (token, 1f))).ne(0).MoveToOuterDisposeScope();
    }

    // float32 [B, V]: how often each token was generated; null if there are no penalties on that.
    private static Tensor? Counts(GenerationRow[] rows, SamplingOptions options, Tensor logits) =>
        options.PresencePenalty == 0 && options.FrequencyPenalty == 0
            ? null
            : Table(logits, rows, row => row.Counts.Select(count => (count.Key, (float)count.Value)));

    // float32 [B, V] with values for some tokens of each row, and 0 for the others.
    private static Tensor Table(Tensor logits, GenerationRow[] rows, Func<GenerationRow, IEnumerable<(int Token, float Value)>> values)
    {
        (int Row, int Token, float Value)[] all =
            [.. rows.Index().SelectMany(row => values(row.Item).Select(entry => (row.Index, entry.Token, entry.Value)))];
        Tensor table = torch.zeros(logits.shape, torch.ScalarType.Float32, logits.device);
        if (all.Length == 0)
            return table;
        using DisposeScope scope = torch.NewDisposeScope();
        table.index_put_(
            torch.tensor(Array.ConvertAll(all, entry => entry.Value), device: logits.device),
            torch.tensor(Array.ConvertAll(all, entry => (long)entry.Row), device: logits.device),
            torch.tensor(Array.ConvertAll(all, entry => (long)entry.Token), device: logits.device));
        return table;
    }

    private static Tensor Select(Tensor logits, IEnumerable<int> rows) =>
        logits.index_select(0, torch.tensor(rows.Select(row => (long)row).ToArray(), device: logits.device));
}
