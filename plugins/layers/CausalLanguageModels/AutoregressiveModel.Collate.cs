namespace Tenon.Layers;

/// <content>Turns examples into batches: <c>input_ids</c>, and <c>labels</c> shifted by one token.</content>
public abstract partial class AutoregressiveModel : ICollate<PromptExample>, ICollate<ChatExample>, ICollate<PreferenceExample>
{
    /// <inheritdoc/>
    public int BlockLength => ContextLength + 1;

    /// <inheritdoc/>
    public int BlockOverlap => 1;

    /// <summary>Every token of a block except the first is a target: <c>input_ids</c> and <c>labels</c> [B, length − 1].</summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<TokenBlock> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        return Collation.Pad([.. examples.Select(example => TokenSequence.All(example.Ids.ToArray()))], examples.Count);
    }

    /// <summary>The targets are the response and the end of text after it.</summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<PromptExample> examples, CollateContext context) => Pad(examples, Join, context);

    /// <summary>
    /// The targets are the learned pieces and the end of text after each; of a conversation, those of the chat template.
    /// </summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<ChatExample> examples, CollateContext context) => Pad(examples, Join, context);

    /// <summary>
    /// Rows 0 … B − 1 are the prompts with the preferred responses, rows B … 2B − 1 those with the rejected ones; the
    /// targets are the responses and the end of text after them.
    /// </summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<PreferenceExample> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ITokenizer tokenizer = TextCollation.Tokenizer(context);
        IEnumerable<TokenSequence> chosen = examples.Select(example => Join(example, example.Chosen));
        IEnumerable<TokenSequence> rejected = examples.Select(example => Join(example, example.Rejected));
        return Collation.Pad([.. chosen, .. rejected], examples.Count);

        TokenSequence Join(PreferenceExample example, string response) => example.Conversation is { } conversation
            ? Collation.Fit(TextCollation.Reply(tokenizer, conversation, response), conversation, context.TruncatePrompts)
            : Collation.Join(tokenizer, Pieces(example.Prompt, response), context.TruncatePrompts);
    }

    private Batch Pad<TExample>(
        IReadOnlyList<TExample> examples, Func<ITokenizer, TExample, bool, TokenSequence> join, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ITokenizer tokenizer = TextCollation.Tokenizer(context);
        return Collation.Pad([.. examples.Select(example => join(tokenizer, example, context.TruncatePrompts))], examples.Count);
    }

    private protected TokenSequence Join(ITokenizer tokenizer, PromptExample example, bool truncatePrompt) =>
        Collation.Join(tokenizer, Pieces(example.Prompt, example.Response), truncatePrompt);

    private protected TokenSequence Join(ITokenizer tokenizer, ChatExample example, bool truncatePrompt) =>
        example.Conversation is { } conversation
            ? Collation.Fit(TextCollation.ChatTemplate(tokenizer).Encode(conversation), conversation, truncatePrompt)
            : Collation.Join(tokenizer, example.Pieces, truncatePrompt);

    private static ChatPiece[] Pieces(string prompt, string response) => [new(prompt, Learned: false), new(response, Learned: true)];
}
