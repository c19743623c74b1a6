namespace Tenon.Layers;

/// <content>Turns examples into batches: <c>input_ids</c>, and <c>labels</c> shifted by one token.</content>
public abstract partial class CausalLanguageModel : IPacks<PromptExample>, IPacks<ChatExample>, ICollate<PreferenceExample>
{
    /// <inheritdoc/>
    public int BlockLength => ContextLength + 1;

    /// <inheritdoc/>
    public int BlockOverlap => 1;

    /// <inheritdoc cref="IPacks{TExample}.RowLength"/>
    public int RowLength => ContextLength;

    /// <summary>Every token of a block except the first is a target: <c>input_ids</c> and <c>labels</c> [B, length − 1].</summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<TokenBlock> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        return _collation.Pad([.. examples.Select(example => TokenSequence.All(example.Ids.ToArray()))], examples.Count);
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
        return _collation.Pad([.. chosen, .. rejected], examples.Count);

        TokenSequence Join(PreferenceExample example, string response) => example.Conversation is { } conversation
            ? _collation.Fit(TextCollation.Reply(tokenizer, conversation, response), conversation, context.TruncatePrompts)
            : _collation.Join(tokenizer, Pieces(example.Prompt, response), context.TruncatePrompts);
    }

    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<IReadOnlyList<PromptExample>> rows, CollateContext context) => Pack(rows, Join, context);

    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<IReadOnlyList<ChatExample>> rows, CollateContext context) => Pack(rows, Join, context);

    /// <inheritdoc/>
    public int Length(PromptExample example, ITokenizer? tokenizer)
    {
        ArgumentNullException.ThrowIfNull(example);
        return Join(TextCollation.Needed(tokenizer), example, truncatePrompt: true).Positions;
    }

    /// <inheritdoc/>
    public int Length(ChatExample example, ITokenizer? tokenizer)
    {
        ArgumentNullException.ThrowIfNull(example);
        return Join(TextCollation.Needed(tokenizer), example, truncatePrompt: true).Positions;
    }

    private Batch Pad<TExample>(
        IReadOnlyList<TExample> examples, Func<ITokenizer, TExample, bool, TokenSequence> join, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ITokenizer tokenizer = TextCollation.Tokenizer(context);
        return _collation.Pad([.. examples.Select(example => join(tokenizer, example, context.TruncatePrompts))], examples.Count);
    }

    private Batch Pack<TExample>(
        IReadOnlyList<IReadOnlyList<TExample>> rows, Func<ITokenizer, TExample, bool, TokenSequence> join, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ITokenizer tokenizer = TextCollation.Tokenizer(context);
        return _collation.Pack(
            [.. rows.Select(row => row.Select(example => join(tokenizer, example, context.TruncatePrompts)).ToArray())]);
    }

    private TokenSequence Join(ITokenizer tokenizer, PromptExample example, bool truncatePrompt) =>
        _collation.Join(tokenizer, Pieces(example.Prompt, example.Response), truncatePrompt);

    private TokenSequence Join(ITokenizer tokenizer, ChatExample example, bool truncatePrompt) => example.Conversation is { } conversation
        ? _collation.Fit(TextCollation.ChatTemplate(tokenizer).Encode(conversation), conversation, truncatePrompt)
        : _collation.Join(tokenizer, example.Pieces, truncatePrompt);

    private static ChatPiece[] Pieces(string prompt, string response) => [new(prompt, Learned: false), new(response, Learned: true)];
}
