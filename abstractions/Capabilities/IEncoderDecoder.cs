namespace Tenon;

/// <summary>
/// A model that encodes a source text once and predicts each token of a target text from the source and the target tokens before it
/// (T5, Marian, BART). Its members as a causal language model read and predict target tokens, and use the empty source if the cache
/// was not created for others.
/// </summary>
public interface IEncoderDecoder : ICausalLanguageModel
{
    /// <summary>Maximum number of tokens in a source, including special tokens.</summary>
    int SourceLength { get; }

    /// <summary>The token that every target starts with.</summary>
    int DecoderStart { get; }

    /// <summary>Tokenizes a source text, with the tokens that the encoder expects around it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    IReadOnlyList<int> EncodeSource(string text, ITokenizer tokenizer);

    /// <summary>Encodes sources and creates a cache with an empty row for each. The caller disposes it.</summary>
    /// <param name="sources">
    /// Token ids from <see cref="EncodeSource"/>, at least one source. An empty list is the empty source, which
    /// <see cref="ICausalLanguageModel.NewCache"/> gives to all rows.
    /// </param>
    /// <param name="capacity">Target tokens that fit in each row, 1 … <see cref="ILanguageModel.ContextLength"/>.</param>
    /// <exception cref="ModelException">A source is longer than <see cref="SourceLength"/>, or the capacity is too large.</exception>
    IKeyValueCache NewCache(IReadOnlyList<IReadOnlyList<int>> sources, int capacity);
}
