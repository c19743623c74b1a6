namespace Tenon.Gpt;

/// <content>Examples to batches: <c>input_ids</c> and, one token further, <c>labels</c>.</content>
public sealed partial class GptModel : IPacks<PromptExample>, IPacks<ChatExample>, ICollate<PreferenceExample>
{
    /// <inheritdoc/>
    public int BlockLength => ContextLength + 1;

    /// <inheritdoc/>
    public int BlockOverlap => 1;

    /// <inheritdoc cref="IPacks{TExample}.RowLength"/>
    public int RowLength => ContextLength;

    /// <summary>Every token but the first of a block is a target: <c>input_ids</c> and <c>labels</c> [B, length − 1].</summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<TokenBlock> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        return Pad([.. examples.Select(example => Sequence.All(example.Ids.ToArray()))], examples.Count);
    }

    /// <summary>The targets are the response and the end of text behind it.</summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<PromptExample> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ITokenizer tokenizer = Tokenizer(context);
        return Pad([.. examples.Select(example => Converse(tokenizer, Pieces(example)))], examples.Count);
    }

    /// <summary>The targets are the learnt pieces and the end of text behind each.</summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<ChatExample> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ITokenizer tokenizer = Tokenizer(context);
        return Pad([.. examples.Select(example => Converse(tokenizer, example.Pieces))], examples.Count);
    }

    /// <inheritdoc/>
    public int Length(PromptExample example, ITokenizer? tokenizer)
    {
        ArgumentNullException.ThrowIfNull(example);
        return Converse(Needed(tokenizer), Pieces(example)).Positions;
    }

    /// <inheritdoc/>
    public int Length(ChatExample example, ITokenizer? tokenizer)
    {
        ArgumentNullException.ThrowIfNull(example);
        return Converse(Needed(tokenizer), example.Pieces).Positions;
    }

    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<IReadOnlyList<PromptExample>> rows, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ITokenizer tokenizer = Tokenizer(context);
        return Pack([.. rows.Select(row => row.Select(example => Converse(tokenizer, Pieces(example))).ToArray())]);
    }

    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<IReadOnlyList<ChatExample>> rows, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ITokenizer tokenizer = Tokenizer(context);
        return Pack([.. rows.Select(row => row.Select(example => Converse(tokenizer, example.Pieces)).ToArray())]);
    }

    /// <summary>
    /// Rows 0 … B − 1 are the prompts with the preferred responses, rows B … 2B − 1 those with the rejected ones; the
    /// targets are the responses and the end of text behind them.
    /// </summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<PreferenceExample> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ITokenizer tokenizer = Tokenizer(context);
        IEnumerable<Sequence> chosen = examples.Select(example => Converse(tokenizer, Pieces(example.Prompt, example.Chosen)));
        IEnumerable<Sequence> rejected = examples.Select(example => Converse(tokenizer, Pieces(example.Prompt, example.Rejected)));
        return Pad([.. chosen, .. rejected], examples.Count);
    }

    internal static ITokenizer Tokenizer(CollateContext context) => Needed(context.Tokenizer);

    private static ITokenizer Needed(ITokenizer? tokenizer) =>
        tokenizer ?? throw new DataException("Prompts and responses are text, and the run has no tokenizer. Name one in the recipe's 'tokenizer'.");

    private static ChatPiece[] Pieces(PromptExample example) => Pieces(example.Prompt, example.Response);

    private static ChatPiece[] Pieces(string prompt, string response) => [new(prompt, Learnt: false), new(response, Learnt: true)];

    private Sequence Converse(ITokenizer tokenizer, IReadOnlyList<ChatPiece> pieces)
    {
        var ids = new List<int>();
        var targets = new List<bool>();
        foreach (ChatPiece piece in pieces)
        {
            // The first learnt token needs something before it that predicts it.
            if (piece.Learnt && ids.Count == 0 && (_options.BeginOfText ?? _options.EndOfText) is { } start)
                Add([start], target: false);
            Add(tokenizer.Encode(piece.Text), piece.Learnt);
            if (piece.Learnt && _options.EndOfText is { } end)
                Add([end], target: true);
        }

        int given = targets.IndexOf(true);
        if (given < 1 || given > ContextLength)
        {
            throw new DataException(
                $"A prompt has {(given < 0 ? ids.Count : given)} tokens, but must have 1 … {ContextLength} to leave room for a response: '{Shorten(pieces[0].Text)}'. " +
                "Shorten or drop it, or raise 'contextLength'.");
        }

        return new Sequence([.. ids.Take(ContextLength + 1)], [.. targets.Take(ContextLength + 1)]);

        void Add(IReadOnlyList<int> more, bool target)
        {
            ids.AddRange(more);
            targets.AddRange(Enumerable.Repeat(target, more.Count));
        }
    }

    // Padding stands on the right, where causal attention never looks back from a real token.
    private Batch Pad(Sequence[] sequences, int examples)
    {
        foreach (Sequence sequence in sequences)
            CheckIds(sequence.Ids, VocabularySize);
        int length = sequences.Max(sequence => sequence.Ids.Length) - 1;
        if (length < 1)
            throw new DataException("An example has fewer than 2 tokens, so that there is nothing to predict. Drop it or lengthen it.");
        long pad = _options.EndOfText ?? 0;
        var inputIds = new long[sequences.Length * length];
        var labels = new long[sequences.Length * length];
        var mask = new long[sequences.Length * length];
        Array.Fill(inputIds, pad);
        Array.Fill(labels, BatchNames.Ignored);
        foreach ((int row, Sequence sequence) in sequences.Index())
        {
            for (int t = 0; t + 1 < sequence.Ids.Length; t++)
            {
                int at = row * length + t;
                inputIds[at] = sequence.Ids[t];
                mask[at] = 1;
                if (sequence.Targets[t + 1])
                    labels[at] = sequence.Ids[t + 1];
            }
        }

        var tensors = new Dictionary<string, Tensor> { [BatchNames.InputIds] = Make(inputIds), [BatchNames.Labels] = Make(labels) };
        if (mask.Contains(0))
            tensors[BatchNames.AttentionMask] = Make(mask);
        return new Batch(tensors, examples, labels.LongCount(label => label != BatchNames.Ignored));

        Tensor Make(long[] values) => Rows(values, sequences.Length);
    }

    // Sequences one behind the other, each with positions and a number of its own.
    private Batch Pack(Sequence[][] rows)
    {
        int length = rows.Max(row => row.Sum(sequence => sequence.Positions));
        if (length > ContextLength)
            throw new DataException($"A packed row has {length} tokens, but the context length is {ContextLength}. Put fewer examples into a row.");
        var inputIds = new long[rows.Length * length];
        var labels = new long[rows.Length * length];
        var positions = new long[rows.Length * length];
        var numbers = new long[rows.Length * length];
        Array.Fill(inputIds, _options.EndOfText ?? 0);
        Array.Fill(labels, BatchNames.Ignored);
        foreach ((int index, Sequence[] row) in rows.Index())
        {
            int at = index * length;
            foreach ((int number, Sequence sequence) in row.Index())
            {
                CheckIds(sequence.Ids, VocabularySize);
                for (int t = 0; t < sequence.Positions; t++, at++)
                {
                    (inputIds[at], positions[at], numbers[at]) = (sequence.Ids[t], t, number + 1);
                    if (sequence.Targets[t + 1])
                        labels[at] = sequence.Ids[t + 1];
                }
            }
        }

        return new Batch(
            new Dictionary<string, Tensor>
            {
                [BatchNames.InputIds] = Rows(inputIds, rows.Length),
                [BatchNames.Labels] = Rows(labels, rows.Length),
                [BatchNames.PositionIds] = Rows(positions, rows.Length),
                [BatchNames.SequenceIds] = Rows(numbers, rows.Length),
            },
            rows.Sum(row => row.Length), labels.LongCount(label => label != BatchNames.Ignored));
    }

    // [B·T] -> [B, T]
    private static Tensor Rows(long[] values, int rows)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return torch.tensor(values).view(rows, -1).MoveToOuterDisposeScope();
    }

    // An index outside the table is undefined behaviour on a GPU, so it is refused here.
    internal static void CheckIds(IEnumerable<int> ids, int vocabulary)
    {
        foreach (int id in ids)
        {
            if (id < 0 || id >= vocabulary)
                throw new DataException($"Token id {id} is outside the model's vocabulary of {vocabulary}. The data was tokenized with another tokenizer than the model's.");
        }
    }

    private static string Shorten(string text) => text.Length <= 60 ? text : $"{text[..60]}…";

    // Token ids, and which of them are to be predicted, the first never.
    private sealed record Sequence(int[] Ids, bool[] Targets)
    {
        // Each token but the last is an input.
        public int Positions => Ids.Length - 1;

        public static Sequence All(int[] ids) => new(ids, [.. Enumerable.Repeat(true, ids.Length)]);
    }
}
