namespace Tenon.Gpt;

/// <content>Examples to batches: <c>input_ids</c> and, one token further, <c>labels</c>.</content>
public sealed partial class GptModel : ICollate<PromptExample>, ICollate<PreferenceExample>
{
    /// <inheritdoc/>
    public int BlockLength => ContextLength + 1;

    /// <inheritdoc/>
    public int BlockOverlap => 1;

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
        return Pad([.. examples.Select(example => Respond(tokenizer, example.Prompt, example.Response))], examples.Count);
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
        IEnumerable<Sequence> chosen = examples.Select(example => Respond(tokenizer, example.Prompt, example.Chosen));
        IEnumerable<Sequence> rejected = examples.Select(example => Respond(tokenizer, example.Prompt, example.Rejected));
        return Pad([.. chosen, .. rejected], examples.Count);
    }

    private static ITokenizer Tokenizer(CollateContext context) =>
        context.Tokenizer ?? throw new DataException("Prompts and responses are text, and the run has no tokenizer. Name one in the recipe's 'tokenizer'.");

    private Sequence Respond(ITokenizer tokenizer, string prompt, string response)
    {
        var ids = new List<int>(tokenizer.Encode(prompt));
        // The first response token needs something before it that predicts it.
        if (ids.Count == 0 && (_options.BeginOfText ?? _options.EndOfText) is { } start)
            ids.Add(start);
        int promptLength = ids.Count;
        ids.AddRange(tokenizer.Encode(response));
        if (_options.EndOfText is { } end)
            ids.Add(end);
        if (promptLength == 0 || promptLength > ContextLength)
        {
            throw new DataException(
                $"A prompt has {promptLength} tokens, but must have 1 … {ContextLength} to leave room for a response: '{Shorten(prompt)}'. " +
                "Shorten or drop it, or raise 'contextLength'.");
        }

        return new Sequence([.. ids.Take(ContextLength + 1)], promptLength);
    }

    // Padding stands on the right, where causal attention never looks back from a real token.
    private Batch Pad(Sequence[] sequences, int examples)
    {
        foreach (Sequence sequence in sequences)
            CheckIds(sequence.Ids);
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
                if (t + 1 >= sequence.FirstTarget)
                    labels[at] = sequence.Ids[t + 1];
            }
        }

        var tensors = new Dictionary<string, Tensor> { [BatchNames.InputIds] = Make(inputIds), [BatchNames.Labels] = Make(labels) };
        if (mask.Contains(0))
            tensors[BatchNames.AttentionMask] = Make(mask);
        return new Batch(tensors, examples, labels.LongCount(label => label != BatchNames.Ignored));

        Tensor Make(long[] values)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            return torch.tensor(values).view(sequences.Length, length).MoveToOuterDisposeScope();
        }
    }

    // An index outside the table is undefined behaviour on a GPU, so it is refused here.
    private void CheckIds(int[] ids)
    {
        foreach (int id in ids)
        {
            if (id < 0 || id >= VocabularySize)
                throw new DataException($"Token id {id} is outside the model's vocabulary of {VocabularySize}. The data was tokenized with another tokenizer than the model's.");
        }
    }

    private static string Shorten(string text) => text.Length <= 60 ? text : $"{text[..60]}…";

    // Token ids, of which those from FirstTarget on are to be predicted.
    private sealed record Sequence(int[] Ids, int FirstTarget)
    {
        public static Sequence All(int[] ids) => new(ids, 1);
    }
}
