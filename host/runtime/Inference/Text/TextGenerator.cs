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
        return Generate(model, tokenizer, [.. prompts.Select(prompt => Ids(prompt, tokenizer))], Ends(model, tokenizer), options, random,
            onText, stop);
    }

    /// <summary>Generates the assistant's next message in each conversation.</summary>
    /// <param name="model">Set to eval mode during generation.</param>
    /// <param name="tokenizer">The model's, with its chat template.</param>
    /// <param name="conversations">At least one.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="random">The only source of randomness.</param>
    /// <param name="onText">Receives the index of the conversation and each piece of text as it is generated, or null.</param>
    /// <param name="stop">Ends generation after the current token.</param>
    /// <exception cref="ModelException">The tokenizer has no chat template, or a conversation is longer than the context.</exception>
    /// <exception cref="DataException">The template is malformed, or rejects a conversation.</exception>
    internal IReadOnlyList<Continuation> Chat(
        ICausalLanguageModel model, ITokenizer tokenizer, IReadOnlyList<Conversation> conversations, SamplingOptions options,
        SeededRandom random, Action<int, string>? onText = null, CancellationToken stop = default)
    {
        IChatTemplate template = tokenizer.ChatTemplate ?? throw new ModelException(
            "The model has no chat template: its folder contains no chat_template.jinja, and tokenizer_config.json no 'chat_template'. " +
            "Generate from prompts, or fine-tune the model on conversations (data 'chat'), which adds a template.");
        int[] ends = [.. Ends(model, tokenizer), .. template.EndOfReply is { } end ? [end] : Array.Empty<int>()];
        return Generate(model, tokenizer, [.. conversations.Select(Ids)], ends, options, random, onText, stop);

        // The template adds the tokens that begin a text, so there is no frame.
        List<int> Ids(Conversation chat) => [.. tokenizer.Encode(template.Render(chat, addGenerationPrompt: true), recognizeSpecial: true)];
    }

    private static Continuation[] Generate(
        ICausalLanguageModel model, ITokenizer tokenizer, List<int>[] prompts, int[] ends, SamplingOptions options, SeededRandom random,
        Action<int, string>? onText, CancellationToken stop)
    {
        if (prompts.Length == 0)
            throw new ArgumentException("There are no prompts. Pass at least one; it may be empty.", nameof(prompts));
        IReadOnlyList<string> stops = options.Stop ?? [];
        if (stops.Any(string.IsNullOrEmpty))
            throw new ArgumentException("A stop text is empty, which would end every text immediately. Remove it.", nameof(options));

        SamplingOptions drawn =
            options with { VocabularySize = Math.Min(tokenizer.VocabularySize, options.VocabularySize ?? int.MaxValue) };
        foreach ((int i, List<int> ids) in prompts.Index())
            Check(ids, i, model, tokenizer);
        IEnumerable<int> order = Enumerable.Range(0, prompts.Length);
        if (prompts.Length > AtOnce)
            order = order.OrderBy(i => prompts[i].Count);
        var continuations = new Continuation[prompts.Length];
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
                batch.Add(prompts[i], random.Fork(i)),
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
    internal static string? PromptError(string prompt, ICausalLanguageModel model, ITokenizer tokenizer) =>
        Error(Ids(prompt, tokenizer), model);

    private static string? Error(List<int> ids, ICausalLanguageModel model)
    {
        if (ids.Count == 0)
            return "is empty, and the tokenizer has no end-of-text token to start from. Pass a prompt.";
        return ids.Count <= model.ContextLength
            ? null : $"has {ids.Count} tokens, but the context length is {model.ContextLength}. Shorten it.";
    }

    private static int[] Ends(ICausalLanguageModel model, ITokenizer tokenizer) =>
        [.. model.EndOfText, .. tokenizer.Special.EndOfText is { } own ? [own] : Array.Empty<int>()];

    private static void Check(List<int> ids, int number, ICausalLanguageModel model, ITokenizer tokenizer)
    {
        if (Error(ids, model) is { } error)
            throw new ModelException($"Prompt {number + 1} {error}");
        KnownTokens.Check(ids, tokenizer, model.VocabularySize);
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
