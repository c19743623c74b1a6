namespace Tenon.Layers;

/// <summary>Token ids, and which of them are targets; the first one never is.</summary>
/// <param name="Ids">At least two.</param>
/// <param name="Targets">Whether each token is a target.</param>
/// <param name="Truncated">Whether the text has more tokens.</param>
internal sealed record TokenSequence(int[] Ids, bool[] Targets, bool Truncated = false)
{
    /// <summary>Every token except the last is an input.</summary>
    public int Positions => Ids.Length - 1;

    /// <summary>A sequence in which every token is a target.</summary>
    public static TokenSequence All(int[] ids) => new(ids, [.. Enumerable.Repeat(true, ids.Length)]);
}

/// <summary>Turns texts into the tensors of a causal language model.</summary>
/// <param name="configuration">Vocabulary and special tokens.</param>
/// <param name="contextLength">The current maximum number of inputs per row; virtual tokens reduce it.</param>
internal sealed class TextCollation(LanguageConfiguration configuration, Func<int> contextLength)
{
    /// <summary>The run's tokenizer.</summary>
    /// <exception cref="DataException">The run has none.</exception>
    public static ITokenizer Tokenizer(CollateContext context) => Needed(context.Tokenizer);

    /// <summary>The tokenizer.</summary>
    /// <exception cref="DataException">There is none.</exception>
    public static ITokenizer Needed(ITokenizer? tokenizer) => tokenizer
        ?? throw new DataException("Prompts and responses are text, but the run has no tokenizer. Set 'tokenizer' in the recipe.");

    /// <summary>Rejects ids outside the vocabulary: an out-of-range index is undefined behavior on a GPU.</summary>
    /// <exception cref="DataException">There is one.</exception>
    public static void CheckIds(IEnumerable<int> ids, int vocabulary)
    {
        foreach (int id in ids)
        {
            if (id < 0 || id >= vocabulary)
            {
                throw new DataException(
                    $"Token id {id} is outside the model's vocabulary of {vocabulary}. " +
                    "The data was not tokenized with the model's tokenizer. Use that one.");
            }
        }
    }

    /// <summary>Tokenizes the pieces of a conversation one by one; learned ones are targets, with an end of text after each.</summary>
    /// <param name="tokenizer">Encodes the pieces.</param>
    /// <param name="pieces">The pieces in order.</param>
    /// <param name="truncatePrompt">
    /// Whether a first prompt that leaves no room for a response loses tokens at its start: as few as the response needs, and at
    /// most so many that half of the context remains for it. If false, such a prompt is an error.
    /// </param>
    /// <exception cref="DataException">There is no token before the first target, or no space for it.</exception>
    public TokenSequence Join(ITokenizer tokenizer, IReadOnlyList<ChatPiece> pieces, bool truncatePrompt)
    {
        var ids = new List<int>();
        var targets = new List<bool>();
        IReadOnlyList<int> frame = tokenizer.Frame().Before;
        Add(frame, target: false);
        foreach (ChatPiece piece in pieces)
        {
            // The first learned token needs a token before it to be predicted from.
            if (piece.Learned && ids.Count == 0 && (configuration.BeginOfText ?? configuration.EndOfText) is { } start)
                Add([start], target: false);
            Add(tokenizer.Encode(piece.Text), piece.Learned);
            if (piece.Learned && configuration.EndOfText is { } end)
                Add([end], target: true);
        }

        return Fit(ids, targets, frame.Count, pieces[0].Text, truncatePrompt);

        void Add(IReadOnlyList<int> more, bool target)
        {
            ids.AddRange(more);
            targets.AddRange(Enumerable.Repeat(target, more.Count));
        }
    }

    /// <summary>Fits a conversation that a chat template encoded into the context, as <see cref="Join"/> does.</summary>
    /// <param name="chat">The conversation's ids.</param>
    /// <param name="conversation">The conversation, for messages.</param>
    /// <param name="truncatePrompt">Whether a prompt that is too long loses tokens at its start.</param>
    /// <exception cref="DataException">There is no token before the first target, or no space for it.</exception>
    public TokenSequence Fit(ChatTokens chat, Conversation conversation, bool truncatePrompt)
    {
        int begin = chat.Ids.Count > 0 && chat.Ids[0] == (configuration.BeginOfText ?? configuration.EndOfText) ? 1 : 0;
        return Fit([.. chat.Ids], [.. chat.Learned], begin, conversation.Messages[0].Content, truncatePrompt);
    }

    /// <summary>Encodes a conversation with the assistant's reply, which is the only target.</summary>
    /// <exception cref="DataException">The template rejects the conversation.</exception>
    public static ChatTokens Reply(ITokenizer tokenizer, Conversation conversation, string reply) => ChatTemplate(tokenizer).Encode(
        conversation with { Messages = [.. conversation.Messages, new ChatMessage(ChatMessage.Assistant, reply)] }, lastOnly: true);

    /// <summary>Returns the tokenizer's chat template.</summary>
    /// <exception cref="DataException">The tokenizer has none.</exception>
    public static IChatTemplate ChatTemplate(ITokenizer tokenizer) => tokenizer.ChatTemplate
        ?? throw new DataException("The data contains conversations, but the tokenizer has no chat template. " +
            $"Data with conversations must set {nameof(DataFacts)}.{nameof(DataFacts.ChatTemplate)}.");

    // Truncation keeps the first tokens of a prompt, such as the one that begins a text.
    private TokenSequence Fit(List<int> ids, List<bool> targets, int begin, string text, bool truncatePrompt)
    {
        int context = contextLength();
        int length = ids.Count;
        int given = targets.IndexOf(true);
        if (truncatePrompt && given >= context)
        {
            int kept = Math.Clamp(context + 1 - (length - given), context / 2, context - 1);
            int start = Math.Min(begin, kept);
            ids.RemoveRange(start, given - kept);
            targets.RemoveRange(start, given - kept);
            given = kept;
        }

        // A policy continues the prompt with at least one token.
        if (given < 1 || given >= context)
        {
            throw new DataException(
                $"A prompt has {(given < 0 ? length : given)} tokens, but must have 1 … {context - 1} to leave room for a response: " +
                $"'{Shorten(text)}'. Shorten or remove it, increase 'contextLength', or set data:longPrompts to skip or " +
                "truncate.");
        }

        return new TokenSequence([.. ids.Take(context + 1)], [.. targets.Take(context + 1)], Truncated: length > context + 1);
    }

    /// <summary>One row per sequence, padded on the right, where causal attention never sees the padding.</summary>
    /// <param name="sequences">At least one. The sequences of an example with several are <paramref name="examples"/> rows apart.</param>
    /// <param name="examples">Number of examples.</param>
    /// <exception cref="DataException">An id is outside the vocabulary, or no sequence has two tokens.</exception>
    public Batch Pad(TokenSequence[] sequences, int examples)
    {
        foreach (TokenSequence sequence in sequences)
            CheckIds(sequence.Ids, configuration.VocabularySize);
        int length = sequences.Max(sequence => sequence.Positions);
        if (length < 1)
            throw new DataException("An example has fewer than 2 tokens, so there is nothing to predict. Remove or lengthen it.");
        var (inputIds, labels) = Empty(sequences.Length * length);
        var mask = new long[sequences.Length * length];
        foreach ((int row, TokenSequence sequence) in sequences.Index())
        {
            for (int t = 0; t < sequence.Positions; t++)
            {
                int at = row * length + t;
                (inputIds[at], mask[at]) = (sequence.Ids[t], 1);
                if (sequence.Targets[t + 1])
                    labels[at] = sequence.Ids[t + 1];
            }
        }

        var tensors = new Dictionary<string, Tensor>
        {
            [BatchNames.InputIds] = Rows(inputIds, sequences.Length),
            [BatchNames.Labels] = Rows(labels, sequences.Length),
        };
        if (mask.Contains(0))
            tensors[BatchNames.AttentionMask] = Rows(mask, sequences.Length);
        return new Batch(tensors, examples, Count(labels))
        {
            Truncated = Truncated([.. sequences.Select(sequence => sequence.Truncated)], examples),
            RowTargets = configuration.DividesBatches ? RowTargets(CountRows(labels, sequences.Length), examples) : null,
        };
    }

    /// <summary>Several sequences in each row, each with its own positions and number.</summary>
    /// <exception cref="DataException">An id is outside the vocabulary, or a row is too long.</exception>
    public Batch Pack(TokenSequence[][] rows)
    {
        int length = rows.Max(row => row.Sum(sequence => sequence.Positions));
        if (length > contextLength())
        {
            throw new DataException(
                $"A packed row has {length} tokens, but the context length is {contextLength()}. Put fewer examples into a row.");
        }

        var (inputIds, labels) = Empty(rows.Length * length);
        var positions = new long[rows.Length * length];
        var numbers = new long[rows.Length * length];
        foreach ((int index, TokenSequence[] row) in rows.Index())
        {
            int at = index * length;
            foreach ((int number, TokenSequence sequence) in row.Index())
            {
                CheckIds(sequence.Ids, configuration.VocabularySize);
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
            rows.Sum(row => row.Length), Count(labels))
        {
            Truncated = rows.Sum(row => row.Count(sequence => sequence.Truncated)),
            RowTargets = configuration.DividesBatches ? CountRows(labels, rows.Length) : null,
        };
    }

    /// <summary>Number of examples of which a row is truncated; the rows of example i are i, i + examples, ….</summary>
    public static long Truncated(bool[] rows, int examples) =>
        Enumerable.Range(0, examples)
        .Count(example => Enumerable.Range(0, rows.Length / examples).Any(part => rows[part * examples + example]));

    /// <summary>Targets of each example; the rows of example i are i, i + examples, ….</summary>
    public static IReadOnlyList<long> RowTargets(IReadOnlyList<long> rows, int examples) =>
        [.. Enumerable.Range(0, examples).Select(
            example => Enumerable.Range(0, rows.Count / examples).Sum(block => rows[block * examples + example]))];

    private static long[] CountRows(long[] labels, int rows) => [.. labels.Chunk(labels.Length / rows).Select(Count)];

    private (long[] InputIds, long[] Labels) Empty(int count)
    {
        var (inputIds, labels) = (new long[count], new long[count]);
        Array.Fill(inputIds, configuration.EndOfText ?? 0);
        Array.Fill(labels, BatchNames.Ignored);
        return (inputIds, labels);
    }

    private static long Count(long[] labels) => labels.LongCount(label => label != BatchNames.Ignored);

    // [B·T] -> [B, T]
    private static Tensor Rows(long[] values, int rows)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return torch.tensor(values).view(rows, -1).MoveToOuterDisposeScope();
    }

    internal static string Shorten(string text) => text.Length <= 60 ? text : $"{text[..60]}…";
}
