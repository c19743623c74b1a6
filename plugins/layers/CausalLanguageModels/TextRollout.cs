namespace Tenon.Layers;

/// <summary>Converts the rows of a <see cref="GenerationBatch"/> to the tensors of a <see cref="Rollout"/>.</summary>
internal static class TextRollout
{
    /// <summary>Name of the inputs' labels in the states, int64 [B, any length]: the data's responses to the prompts.</summary>
    public const string Answers = "answers";

    /// <summary>Generates until every row has ended, checking for cancellation before each token.</summary>
    public static void Complete(GenerationBatch batch, CancellationToken stop)
    {
        while (batch.Rows.Count > 0)
        {
            stop.ThrowIfCancellationRequested();
            batch.Step();
        }
    }

    /// <summary>Finished rows as a rollout: padding is to the left of the prompts and after the responses.</summary>
    /// <param name="rows">The rows, with log-probabilities.</param>
    /// <param name="padding">The padding id.</param>
    /// <param name="inputs">The batch that the prompts are from; the rollout keeps its labels.</param>
    public static Rollout Of(IReadOnlyList<GenerationRow> rows, long padding, Batch inputs)
    {
        int batch = rows.Count, longest = rows.Max(row => row.Prompt.Count), steps = rows.Max(row => row.Tokens.Count);
        torch.Device device = inputs[BatchNames.InputIds].device;
        int columns = longest + steps - 1; // the last token is only an action, not an input
        var ids = new long[batch, columns];
        var mask = new long[batch, columns];
        var labels = new long[batch, columns];
        var actions = new float[batch, steps];
        var logProbabilities = new float[batch, steps];
        foreach ((int row, GenerationRow made) in rows.Index())
        {
            int[] all = [.. made.Prompt, .. made.Tokens];
            int first = longest - made.Prompt.Count;
            for (int t = 0; t < columns; t++)
            {
                (int at, int step) = (t - first, t - longest + 1);
                bool isAction = step >= 0 && step < made.Tokens.Count;
                ids[row, t] = at >= 0 && at < all.Length ? all[at] : padding;
                mask[row, t] = at >= 0 ? 1 : 0;
                labels[row, t] = isAction ? made.Tokens[step] : BatchNames.Ignored;
                if (isAction)
                    (actions[row, step], logProbabilities[row, step]) = (1, made.LogProbabilities[step]);
            }
        }

        var states = new Dictionary<string, Tensor>
        {
            [BatchNames.InputIds] = torch.tensor(ids, device: device),
            [BatchNames.AttentionMask] = torch.tensor(mask, device: device),
            [BatchNames.Labels] = torch.tensor(labels, device: device),
        };
        if (inputs.Find(BatchNames.Labels) is { } given)
            states[Answers] = given.clone();
        return new Rollout(
            new Batch(states, batch, rows.Sum(row => (long)row.Tokens.Count)),
            torch.tensor(logProbabilities, device: device), torch.tensor(actions, device: device));
    }

    /// <summary>The prompt of each row: the tokens that its attention mask keeps, up to the first position that has a label.</summary>
    /// <exception cref="ModelException">A row has none.</exception>
    public static int[][] Prompts(Batch inputs)
    {
        Tensor inputIds = inputs[BatchNames.InputIds];
        (long batch, long length) = (inputIds.size(0), inputIds.size(1));
        long[] ids = Values(inputIds);
        long[]? mask = inputs.Find(BatchNames.AttentionMask) is { } m ? Values(m) : null;
        long[]? labels = inputs.Find(BatchNames.Labels) is { } l ? Values(l) : null;
        var prompts = new int[batch][];
        for (long row = 0; row < batch; row++)
        {
            var prompt = new List<int>();
            for (long at = row * length; at < (row + 1) * length; at++)
            {
                if (mask?[at] != 0)
                    prompt.Add((int)ids[at]);
                if (labels is not null && labels[at] != BatchNames.Ignored)
                    break;
            }

            if (prompt.Count == 0)
                throw new ModelException($"The prompt in row {row} has no token. A policy needs one to start from.");
            prompts[row] = [.. prompt];
        }

        return prompts;
    }

    /// <summary>The labels of each row that are not ignored.</summary>
    public static IEnumerable<int[]> Actions(Batch states) =>
        Rows(states[BatchNames.Labels]).Select(row => row.Where(id => id != BatchNames.Ignored).Select(id => (int)id).ToArray());

    /// <summary>
    /// Returns the data's response for each row: its first labels, up to an id that ends a text. Empty if the data has none.
    /// </summary>
    /// <param name="states">The states of a rollout.</param>
    /// <param name="ends">The ids that end a text.</param>
    public static IEnumerable<int[]> ResponsesOfData(Batch states, IReadOnlyCollection<int> ends) => states.Find(Answers) is { } labels
        ? Rows(labels).Select(row => row.SkipWhile(id => id == BatchNames.Ignored)
            .TakeWhile(id => id != BatchNames.Ignored && !ends.Contains((int)id)).Select(id => (int)id).ToArray())
        : Enumerable.Repeat<int[]>([], (int)states[BatchNames.Labels].size(0));

    /// <summary>The texts of the rows: prompt, response, whether an id that ends a text followed, and the response of the data.</summary>
    /// <param name="prompts">Ids of each row's prompt.</param>
    /// <param name="states">The states of a rollout.</param>
    /// <param name="endOfText">The ids that end a text.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="ModelException">The run has no tokenizer.</exception>
    public static IReadOnlyList<TextOutcome> Outcomes(
        IEnumerable<int[]> prompts, Batch states, IReadOnlyCollection<int> endOfText, ITokenizer? tokenizer)
    {
        if (tokenizer is null)
        {
            throw new ModelException(
                "A policy's tokens are scored as text, but the run has no tokenizer. Set 'tokenizer' in the recipe.");
        }

        return
        [
            .. prompts.Zip(Actions(states), ResponsesOfData(states, endOfText)).Select(row =>
            {
                (int[] prompt, int[] response, int[] answer) = row;
                bool ended = response.Length > 0 && endOfText.Contains(response[^1]);
                return new TextOutcome(
                    tokenizer.Decode(Known(prompt)), tokenizer.Target.Decode(Known(ended ? response[..^1] : response)), ended)
                {
                    Answer = answer.Length > 0 ? tokenizer.Target.Decode(Known(answer)) : null,
                };
            }),
        ];

        // The model can have ids for special tokens that the tokenizer lacks.
        IEnumerable<int> Known(int[] ids) => ids.Where(id => id < tokenizer.VocabularySize);
    }

    private static IEnumerable<long[]> Rows(Tensor labels) => Values(labels).Chunk((int)labels.size(1));

    /// <summary>The values of an int64 tensor, row by row.</summary>
    public static long[] Values(Tensor tensor)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return [.. tensor.cpu().contiguous().data<long>()];
    }
}
