namespace Tenon.Layers;

/// <content>Turns pairs of texts into batches.</content>
public abstract partial class SequenceToSequenceModel : ICollate<TextPairExample>, ICollate<PromptExample>
{
    /// <inheritdoc/>
    public IReadOnlyList<int> EncodeSource(string text, ITokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(tokenizer);
        return Collation.Encode(tokenizer, text, int.MaxValue).Ids;
    }

    /// <summary>The first text is the source, the second the target. Texts that are too long are truncated.</summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<TextPairExample> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ITokenizer tokenizer = TextCollation.Tokenizer(context);
        return Pad([.. examples.Select(example => Collation.Encode(tokenizer, example.First, example.Second))]);
    }

    /// <summary>The prompt is the source, the response the target.</summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<PromptExample> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ITokenizer tokenizer = TextCollation.Tokenizer(context);
        return Pad([.. examples.Select(example => EncodePrompt(example.Prompt, example.Response, tokenizer, context))]);
    }

    /// <summary>Batches pairs of token ids, one row per pair.</summary>
    /// <param name="pairs">At least one.</param>
    /// <exception cref="DataException">An id is outside the vocabulary.</exception>
    protected Batch Pad(IReadOnlyList<TokenPair> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        return Collation.Pad(pairs, pairs.Count);
    }

    // Virtual tokens shorten what fits.
    private PairCollation Collation => new(
        _configuration with { SourceLength = SourceLength, Target = _configuration.Target with { ContextLength = ContextLength } });

    // Refuses a prompt that is too long, unless the data allows its truncation. A response may be truncated.
    private TokenPair EncodePrompt(string prompt, string response, ITokenizer tokenizer, CollateContext context)
    {
        TokenPair pair = Collation.Encode(tokenizer, prompt, response);
        if (pair.Truncated && !context.TruncatePrompts && EncodeSource(prompt, tokenizer).Count is var length && length > SourceLength)
        {
            throw new DataException(
                $"A prompt has {length} tokens, but the encoder reads at most {SourceLength}: '{TextCollation.Shorten(prompt)}'. " +
                "Shorten or remove it, increase 'contextLength', or set data:longPrompts to skip or truncate.");
        }

        return pair;
    }
}
