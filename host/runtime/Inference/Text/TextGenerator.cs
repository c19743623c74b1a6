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
        return Generate(model, tokenizer, prompts, options, random, onText, draft: null, stop);
    }

    /// <summary>As above, with tokens that a draft proposes.</summary>
    /// <param name="model">Set to eval mode during generation.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="prompts">At least one. An empty prompt starts from the end-of-text token.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="random">The only source of randomness.</param>
    /// <param name="onText">Receives the index of the prompt and each piece of text as it is generated, or null.</param>
    /// <param name="draft">The draft; null for none.</param>
    /// <param name="stop">Ends generation after the current token.</param>
    /// <exception cref="ModelException">A prompt is longer than the context.</exception>
    internal static IReadOnlyList<Continuation> Generate(
        ICausalLanguageModel model, ITokenizer tokenizer, IReadOnlyList<string> prompts, SamplingOptions options, SeededRandom random,
        Action<int, string>? onText, DraftModel? draft, CancellationToken stop) =>
        Generate(model, tokenizer, [.. prompts.Select(prompt => GenerationInput.Of(prompt, model, tokenizer))],
            GenerationIds.Ends(model, tokenizer), options, random, onText, draft, stop);

    /// <summary>Searches the best texts for each prompt with beams.</summary>
    /// <param name="model">Set to eval mode during the search.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="prompts">At least one. An empty prompt starts from the end-of-text token.</param>
    /// <param name="options">Length, vocabulary, repetition penalty and constraints; the other options do not apply.</param>
    /// <param name="beams">Options of the search.</param>
    /// <param name="stop">Ends the search after the current token.</param>
    /// <returns>For each prompt its texts, best first.</returns>
    /// <exception cref="ModelException">A prompt does not fit the model, or there are more beams than ids.</exception>
    internal static IReadOnlyList<IReadOnlyList<ScoredContinuation>> Search(
        ICausalLanguageModel model, ITokenizer tokenizer, IReadOnlyList<string> prompts, SamplingOptions options, BeamOptions beams,
        CancellationToken stop = default)
    {
        GenerationInput[] inputs = [.. prompts.Select(prompt => GenerationInput.Of(prompt, model, tokenizer))];
        Check(inputs, model, tokenizer);
        int[] ends = GenerationIds.Ends(model, tokenizer);
        SamplingOptions limited = options with { VocabularySize = GenerationIds.Drawable(model, tokenizer, options) };
        var found = new IReadOnlyList<ScoredContinuation>[inputs.Length];
        return InEvalMode(model, () =>
        {
            // Each prompt has as many rows as beams.
            foreach (int[] part in Parts(inputs, Math.Max(1, AtOnce / beams.Beams)))
            {
                IReadOnlyList<IReadOnlyList<BeamResult>> results =
                    BeamSearch.Run(model, [.. part.Select(i => inputs[i].Row)], limited, beams, ends, stop);
                foreach ((int i, IReadOnlyList<BeamResult> texts) in part.Zip(results))
                    found[i] = [.. texts.Select(Continue)];
            }

            return found;
        });

        ScoredContinuation Continue(BeamResult result)
        {
            int[] ids = [.. result.Tokens.Where(token => !ends.Contains(token))];
            return new ScoredContinuation(tokenizer.Target.Decode(ids), ids, result.Ending, result.Score);
        }
    }

    /// <summary>Generates the assistant's next message in each conversation.</summary>
    /// <param name="model">Set to eval mode during generation.</param>
    /// <param name="tokenizer">The model's, with its chat template.</param>
    /// <param name="conversations">At least one.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="random">The only source of randomness.</param>
    /// <param name="onText">Receives the index of the conversation and each piece of text as it is generated, or null.</param>
    /// <param name="stop">Ends generation after the current token.</param>
    /// <param name="draft">Proposes tokens; null for none.</param>
    /// <exception cref="ModelException">The tokenizer has no chat template, or a conversation is longer than the context.</exception>
    /// <exception cref="DataException">The template is malformed, or rejects a conversation.</exception>
    internal static IReadOnlyList<Continuation> Chat(
        ICausalLanguageModel model, ITokenizer tokenizer, IReadOnlyList<Conversation> conversations, SamplingOptions options,
        SeededRandom random, Action<int, string>? onText = null, CancellationToken stop = default, DraftModel? draft = null)
    {
        int[] ends = GenerationIds.Ends(model, tokenizer, GenerationIds.Template(tokenizer));
        return Generate(
            model, tokenizer, [.. conversations.Select(chat => GenerationInput.Of(chat, model, tokenizer))], ends, options, random, onText,
            draft, stop);
    }

    private static Continuation[] Generate(
        ICausalLanguageModel model, ITokenizer tokenizer, GenerationInput[] inputs, int[] ends, SamplingOptions options,
        SeededRandom random, Action<int, string>? onText, DraftModel? draft, CancellationToken stop)
    {
        IReadOnlyList<string> stops = options.Stop ?? [];
        if (stops.Any(string.IsNullOrEmpty))
            throw new ArgumentException("A stop text is empty, which would end every text immediately. Remove it.", nameof(options));

        SamplingOptions drawn = options with { VocabularySize = GenerationIds.Drawable(model, tokenizer, options) };
        Check(inputs, model, tokenizer);
        var continuations = new Continuation[inputs.Length];
        return InEvalMode(model, () =>
        {
            foreach (int[] part in Parts(inputs, AtOnce))
                Together(part);
            return continuations;
        });

        void Together(int[] part)
        {
            using var batch = new GenerationBatch(model, drawn, ends) { Draft = draft };
            GeneratedText[] texts = [.. part.Select(i => new GeneratedText(
                batch.Add(inputs[i].Request(random.Fork(i))),
                new TextStream(tokenizer.Target.StreamingDecoder(), stops, onText is null ? null : piece => onText(i, piece))))];
            while (batch.Rows.Count > 0)
            {
                stop.ThrowIfCancellationRequested();
                batch.Step();
                foreach (GeneratedText text in texts)
                    text.Read(batch);
            }

            foreach ((int i, GeneratedText text) in part.Zip(texts))
                continuations[i] = text.Result();
        }
    }

    /// <summary>Explains why a prompt cannot be continued, as a sentence without its subject; null if it can be.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    internal static string? PromptError(string prompt, ICausalLanguageModel model, ITokenizer tokenizer) =>
        GenerationInput.Of(prompt, model, tokenizer).Error(model);

    private static T InEvalMode<T>(ICausalLanguageModel model, Func<T> work)
    {
        bool wasTraining = model.Module.training;
        model.Module.eval();
        try
        {
            return work();
        }
        finally
        {
            model.Module.train(wasTraining);
        }
    }

    // Indices of inputs of similar lengths.
    private static IEnumerable<int[]> Parts(GenerationInput[] inputs, int atOnce)
    {
        IEnumerable<int> order = Enumerable.Range(0, inputs.Length);
        if (inputs.Length > atOnce)
            order = order.OrderBy(i => inputs[i].Length);
        return order.Chunk(atOnce);
    }

    private static void Check(GenerationInput[] inputs, ICausalLanguageModel model, ITokenizer tokenizer)
    {
        if (inputs.Length == 0)
            throw new ArgumentException("There are no prompts. Pass at least one; it may be empty.", nameof(inputs));
        foreach ((int i, GenerationInput input) in inputs.Index())
        {
            if (input.Error(model) is { } error)
                throw new ModelException($"{input.Subject} {i + 1} {error}");
            KnownTokens.Check(input.Source ?? input.Prompt, tokenizer, model.VocabularySize);
        }
    }
}
