using Tenon.Host.Data;

namespace Tenon.Host.Inference.Text;

/// <summary>
/// Generates text from any causal language model; prompts of similar length share a <see cref="GenerationBatch"/>. Each prompt has
/// its own random stream and its own length, so its result does not depend on the other prompts, apart from floating-point
/// rounding. <see cref="Continuation.Ids"/> contains every sampled token except the one that ends the text; <see
/// cref="Continuation.Text"/> ends before a stop text.
/// </summary>
public sealed class TextGenerator : ITextGenerator
{
    // Additional prompts are generated in further batches, one after the other, which limits the memory of the cache.
    private const int AtOnce = 64;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are no prompts, or a stop text is empty.</exception>
    public IReadOnlyList<Continuation> Generate(
        ICausalLanguageModel model,
        ITokenizer tokenizer,
        IReadOnlyList<string> prompts,
        SamplingOptions options,
        SeededRandom random,
        Action<int, string>? onText = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        if (prompts.Count == 0)
            throw new ArgumentException("There are no prompts. Pass at least one; it may be empty.", nameof(prompts));
        IReadOnlyList<string> stops = options.Stop ?? [];
        if (stops.Any(string.IsNullOrEmpty))
            throw new ArgumentException("A stop text is empty, which would end every text immediately. Remove it.", nameof(options));

        int[] ends = [.. model.EndOfText, .. tokenizer.Special.EndOfText is { } own ? [own] : Array.Empty<int>()];
        SamplingOptions drawn = options with { VocabularySize = Math.Min(tokenizer.VocabularySize, options.VocabularySize ?? int.MaxValue) };
        List<int>[] starts = [.. prompts.Select((prompt, i) => Start(prompt, i, model, tokenizer))];
        IEnumerable<int> order = Enumerable.Range(0, prompts.Count);
        if (prompts.Count > AtOnce)
            order = order.OrderBy(i => starts[i].Count);
        var continuations = new Continuation[prompts.Count];
        bool wasTraining = model.Module.training;
        model.Module.eval();
        try
        {
            foreach (int[] part in order.Chunk(AtOnce))
                Together(part);
        }
        finally
        {
            model.Module.train(wasTraining);
        }

        return continuations;

        void Together(int[] part)
        {
            using var batch = new GenerationBatch(model, drawn, ends);
            Sequence[] sequences = [.. part.Select(i => new Sequence(
                batch.Add(starts[i], random.Fork(i)),
                new TextStream(tokenizer.StreamingDecoder(), stops, onText is null ? null : piece => onText(i, piece))))];
            while (batch.Rows.Count > 0)
            {
                stop.ThrowIfCancellationRequested();
                batch.Step();
                foreach (Sequence sequence in sequences)
                    sequence.Read(batch, ends);
            }

            foreach ((int i, Sequence sequence) in part.Zip(sequences))
                continuations[i] = sequence.Result(ends);
        }
    }

    /// <summary>Explains why a prompt cannot be continued, as a sentence without its subject; null if it can be.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    internal static string? PromptError(string prompt, ICausalLanguageModel model, ITokenizer tokenizer) => Error(Ids(prompt, tokenizer), model);

    private static string? Error(List<int> ids, ICausalLanguageModel model)
    {
        if (ids.Count == 0)
            return "is empty, and the tokenizer has no end-of-text token to start from. Pass a prompt.";
        return ids.Count <= model.ContextLength ? null : $"has {ids.Count} tokens, but the context length is {model.ContextLength}. Shorten it.";
    }

    private static List<int> Start(string prompt, int number, ICausalLanguageModel model, ITokenizer tokenizer)
    {
        List<int> ids = Ids(prompt, tokenizer);
        if (Error(ids, model) is { } error)
            throw new ModelException($"Prompt {number + 1} {error}");
        KnownTokens.Check(ids, tokenizer, model.VocabularySize);
        return ids;
    }

    // An empty prompt starts from the end-of-text token.
    private static List<int> Ids(string prompt, ITokenizer tokenizer)
    {
        List<int> ids = [.. tokenizer.Frame().Before, .. tokenizer.Encode(prompt, recognizeSpecial: true)];
        if (ids.Count == 0 && (tokenizer.Special.EndOfText ?? tokenizer.Special.BeginOfText) is { } start)
            ids.Add(start);
        return ids;
    }

    // A row of the batch with its text.
    private sealed class Sequence(GenerationRow row, TextStream text)
    {
        private int _read;

        // Appends the token of a step and ends the row at a stop text.
        public void Read(GenerationBatch batch, int[] ends)
        {
            if (_read == row.Tokens.Count)
                return;
            int token = row.Tokens[_read++];
            if (!ends.Contains(token))
                text.Add(token);
            if (text.Stopped)
                batch.Remove(row, GenerationEnding.Stop);
            if (row.Ending is not null)
                text.Finish();
        }

        // Text that the decoder held back until the end can complete a stop text.
        public Continuation Result(int[] ends) => new(
            text.Text,
            [.. row.Tokens.Where(token => !ends.Contains(token))],
            text.Stopped ? GenerationEnding.Stop : row.Ending!);
    }
}
