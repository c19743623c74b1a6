namespace Tenon.Host.Inference.Text;

/// <summary>
/// What a model generates from: a prompt to continue, or for a model with an encoder a source and the start of its target.
/// </summary>
/// <param name="Source">Token ids of the source; null for a model without an encoder.</param>
/// <param name="Prompt">Token ids of the prompt.</param>
internal sealed record GenerationInput(IReadOnlyList<int>? Source, IReadOnlyList<int> Prompt)
{
    /// <summary>The input as a row of a <see cref="BeamSearch"/>.</summary>
    public (IReadOnlyList<int>? Source, IReadOnlyList<int> Prompt) Row => (Source, Prompt);

    /// <summary>Number of tokens that the model reads first.</summary>
    public int Length => (Source ?? Prompt).Count;

    /// <summary>Tokenizes a text. An empty prompt starts from the end-of-text token.</summary>
    public static GenerationInput Of(string text, ICausalLanguageModel model, ITokenizer tokenizer)
    {
        if (model is IEncoderDecoder encoder)
            return new GenerationInput(text.Length == 0 ? [] : encoder.EncodeSource(text, tokenizer), [encoder.DecoderStart]);
        List<int> ids = [.. tokenizer.Frame().Before, .. tokenizer.Encode(text, recognizeSpecial: true)];
        if (ids.Count == 0 && (tokenizer.Special.EndOfText ?? tokenizer.Special.BeginOfText) is { } start)
            ids.Add(start);
        return new GenerationInput(null, ids);
    }

    /// <summary>An input that is already tokenized.</summary>
    public static GenerationInput Of(IReadOnlyList<int> ids, ICausalLanguageModel model) =>
        model is IEncoderDecoder encoder ? new GenerationInput(ids, [encoder.DecoderStart]) : new GenerationInput(null, ids);

    /// <summary>Formats and tokenizes a conversation, up to the start of the assistant's next message.</summary>
    /// <param name="chat">The conversation.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="start">The text with which the next message starts; the model continues it.</param>
    /// <exception cref="ModelException">The tokenizer has no chat template.</exception>
    /// <exception cref="DataException">The template is malformed, or rejects the conversation.</exception>
    public static GenerationInput Of(Conversation chat, ICausalLanguageModel model, ITokenizer tokenizer, string start = "")
    {
        // The template adds the tokens that begin a text, so there is no frame.
        string text = GenerationIds.Template(tokenizer).Render(chat, addGenerationPrompt: true) + start;
        return Of(tokenizer.Encode(text, recognizeSpecial: true), model);
    }

    /// <summary>What the input is called in messages.</summary>
    public string Subject => Source is null ? "Prompt" : "Source";

    /// <summary>The input as a row of a <see cref="GenerationBatch"/>.</summary>
    public GenerationRequest Request(SeededRandom random) => new(Prompt, random) { Source = Source };

    /// <summary>Explains why nothing can be generated, as a sentence without its subject; null if something can be.</summary>
    public string? Error(ICausalLanguageModel model)
    {
        if (Source is not null)
        {
            int longest = ((IEncoderDecoder)model).SourceLength;
            return Source.Count == 0 ? "is empty, but the model reads a source text. Pass one with --prompt or --input."
                : Source.Count <= longest ? null : $"has {Source.Count} tokens, but the model reads at most {longest}. Shorten it.";
        }

        if (Prompt.Count == 0)
            return "is empty, and the tokenizer has no end-of-text token to start from. Pass a prompt.";
        return Prompt.Count <= model.ContextLength
            ? null : $"has {Prompt.Count} tokens, but the context length is {model.ContextLength}. Shorten it.";
    }
}
