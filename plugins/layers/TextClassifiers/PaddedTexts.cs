namespace Tenon.Layers;

/// <summary>
/// Turns texts into the batches of a classifier: <c>input_ids</c> and <c>attention_mask</c> [rows, T], padded on the right.
/// </summary>
/// <param name="vocabularySize">Number of token ids.</param>
/// <param name="contextLength">Longest row in tokens.</param>
/// <param name="padToken">The padding id.</param>
public sealed class PaddedTexts(int vocabularySize, int contextLength, int padToken)
{
    /// <summary>Whether several processes may divide a batch: false if random numbers of the model do not depend on rows.</summary>
    public bool DividesBatches { get; init; } = true;

    /// <summary>Tokenizes a text with the tokenizer's frame. A text that is too long is truncated.</summary>
    /// <param name="tokenizer">Encodes the text.</param>
    /// <param name="text">The text.</param>
    /// <returns>The ids, and whether the text has more.</returns>
    public (int[] Ids, bool Truncated) Framed(ITokenizer tokenizer, string text)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        TokenFrame frame = tokenizer.Frame();
        IReadOnlyList<int> ids = tokenizer.Encode(text, recognizeSpecial: true);
        int room = Math.Max(0, contextLength - frame.Count);
        return (frame.Around(ids.Take(room)), ids.Count > room);
    }

    /// <summary>Batches labelled texts, one row each, with <c>labels</c> [B].</summary>
    /// <param name="examples">At least one.</param>
    /// <param name="classes">Names of the model's classes.</param>
    /// <param name="context">Mode and tokenizer.</param>
    /// <exception cref="DataException">A label is missing or out of range, or the run has no tokenizer.</exception>
    public Batch Collate(IReadOnlyList<LabelledTextExample> examples, IReadOnlyList<string> classes, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(context);
        ITokenizer tokenizer = TextCollation.Tokenizer(context);
        long[]? labels = ClassLabels.Check([.. examples.Select(example => (int?)example.Label)], classes, context.Training);
        return Pad(
            [.. examples.Select(example => Framed(tokenizer, example.Text))], [.. examples.Select(_ => labels is null ? 0L : 1)],
            labels is null ? [] : [(BatchNames.Labels, torch.tensor(labels))]);
    }

    /// <summary>
    /// Batches sentences, one row each, with <c>labels</c> [B, T]: the first token of each word has the word's class, its other tokens,
    /// special tokens and padding have -100.
    /// </summary>
    /// <param name="examples">At least one.</param>
    /// <param name="classes">Names of the model's classes.</param>
    /// <param name="context">The tokenizer.</param>
    /// <exception cref="DataException">A class is out of range, a word has no token, or the run has no tokenizer.</exception>
    public Batch Collate(IReadOnlyList<TokenLabelledExample> examples, IReadOnlyList<string> classes, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(context);
        ITokenizer tokenizer = TextCollation.Tokenizer(context);
        TokenFrame frame = tokenizer.Frame();
        int room = Math.Max(0, contextLength - frame.Count);
        var rows = new (int[] Ids, bool Truncated)[examples.Count];
        var labels = new long[examples.Count][];
        foreach ((int row, TokenLabelledExample example) in examples.Index())
        {
            (IReadOnlyList<int> ids, IReadOnlyList<int?> tags) = TaggedWords.Tokenize(example, tokenizer);
            rows[row] = (frame.Around(ids.Take(room)), ids.Count > room);
            labels[row] = TaggedWords.Labels(tags.Take(room), frame.Before.Count, rows[row].Ids.Length, classes);
        }

        int length = Math.Max(1, rows.Max(row => row.Ids.Length));
        var padded = new long[examples.Count, length];
        for (int row = 0; row < examples.Count; row++)
        {
            for (int t = 0; t < length; t++)
                padded[row, t] = t < labels[row].Length ? labels[row][t] : BatchNames.Ignored;
        }

        long[] targets = [.. labels.Select(row => row.LongCount(label => label != BatchNames.Ignored))];
        return Pad(rows, targets, (BatchNames.Labels, torch.tensor(padded)));
    }

    /// <summary>Pads rows on the right. A text without tokens becomes one padding token.</summary>
    /// <param name="rows">At least one. The rows of an example with several are as many rows apart as there are examples.</param>
    /// <param name="targets">Number of terms of each example in the model's mean loss.</param>
    /// <param name="more">Other tensors of the batch, which takes ownership.</param>
    /// <exception cref="DataException">An id is outside the vocabulary.</exception>
    public Batch Pad(
        IReadOnlyList<(int[] Ids, bool Truncated)> rows, IReadOnlyList<long> targets, params (string Name, Tensor Tensor)[] more)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(more);
        foreach ((int[] row, _) in rows)
            TextCollation.CheckIds(row, vocabularySize);
        int length = Math.Max(1, rows.Max(row => row.Ids.Length));
        long[,] ids = new long[rows.Count, length];
        long[,] mask = new long[rows.Count, length];
        for (int row = 0; row < rows.Count; row++)
        {
            for (int t = 0; t < length; t++)
            {
                bool real = t < rows[row].Ids.Length;
                ids[row, t] = real ? rows[row].Ids[t] : padToken;
                mask[row, t] = real || t == 0 ? 1 : 0;
            }
        }

        var tensors = new Dictionary<string, Tensor>
        {
            [BatchNames.InputIds] = torch.tensor(ids),
            [BatchNames.AttentionMask] = torch.tensor(mask),
        };
        foreach ((string name, Tensor tensor) in more)
            tensors[name] = tensor;
        return new Batch(tensors, targets.Count, targets.Sum())
        {
            Truncated = TextCollation.Truncated([.. rows.Select(row => row.Truncated)], targets.Count),
            RowTargets = DividesBatches ? targets : null,
        };
    }
}
