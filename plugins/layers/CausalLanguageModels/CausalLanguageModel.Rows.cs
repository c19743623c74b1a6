namespace Tenon.Layers;

/// <content>Packs several examples into a row.</content>
public abstract partial class CausalLanguageModel : IPacks<PromptExample>, IPacks<ChatExample>
{
    /// <inheritdoc cref="IPacks{TExample}.RowLength"/>
    public int RowLength => ContextLength;

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

    private Batch Pack<TExample>(
        IReadOnlyList<IReadOnlyList<TExample>> rows, Func<ITokenizer, TExample, bool, TokenSequence> join, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ITokenizer tokenizer = TextCollation.Tokenizer(context);
        return Collation.Pack(
            [.. rows.Select(row => row.Select(example => join(tokenizer, example, context.TruncatePrompts)).ToArray())]);
    }
}
