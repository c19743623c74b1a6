namespace Tenon.Host.Inference.Text;

/// <summary>The ids that end a text, and those that can be drawn.</summary>
internal static class GenerationIds
{
    /// <summary>The ids that end a text of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="template">The chat template of a reply; null for other texts.</param>
    /// <exception cref="DataException">The template is malformed.</exception>
    public static int[] Ends(ICausalLanguageModel model, ITokenizer tokenizer, IChatTemplate? template = null) =>
    [
        .. model.EndOfText,
        .. tokenizer.Special.EndOfText is { } own ? [own] : Array.Empty<int>(),
        .. template?.EndOfReply is { } end ? [end] : Array.Empty<int>(),
    ];

    /// <summary>Number of ids that can be drawn: the tokenizer's, and ids after them that only end a text.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="options">May set a lower number.</param>
    public static int Drawable(ICausalLanguageModel model, ITokenizer tokenizer, SamplingOptions options)
    {
        int known = model is IEncoderDecoder
            ? Math.Max(tokenizer.VocabularySize, model.EndOfText.Where(id => id < model.VocabularySize).DefaultIfEmpty(-1).Max() + 1)
            : tokenizer.VocabularySize;
        return Math.Min(known, options.VocabularySize ?? int.MaxValue);
    }

    /// <summary>Returns the chat template of a model.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="ModelException">There is none.</exception>
    public static IChatTemplate Template(ITokenizer tokenizer) => tokenizer.ChatTemplate ?? throw new ModelException(
        "The model has no chat template: its folder contains no chat_template.jinja, and tokenizer_config.json no 'chat_template'. " +
        "Generate from prompts, or fine-tune the model on conversations (data 'chat'), which adds a template.");
}
