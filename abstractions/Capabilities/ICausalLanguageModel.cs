namespace Tenon;

/// <summary>A model that predicts each token from the tokens before it (GPT).</summary>
public interface ICausalLanguageModel : ILanguageModel
{
    /// <summary>
    /// Ids that end a generated text: those of <see cref="BuildContext.EndOfText"/>, and the architecture's own. Default: none, so
    /// that only the tokenizer's end-of-text token ends a text.
    /// </summary>
    IReadOnlyList<int> EndOfText => [];

    /// <summary>Creates a cache of empty rows. The caller disposes it.</summary>
    /// <param name="rows">Number of rows, at least 1.</param>
    /// <param name="capacity">Tokens that fit in each row, 1 … <see cref="ILanguageModel.ContextLength"/>.</param>
    IKeyValueCache NewCache(int rows, int capacity);

    /// <summary>Unnormalized log-probabilities of the next token at each position.</summary>
    /// <param name="inputIds">int64 [B, T]; with a cache, the next tokens of its B rows. Not disposed.</param>
    /// <param name="attentionMask">
    /// int64 [B, T], 1 for a token and 0 for padding; null if there is no padding. A token's position is the number of tokens before
    /// it in its row, cached ones included. With a cache, padding must be on the left. Not disposed.
    /// </param>
    /// <param name="cache">Extended by the tokens of each row, without padding; or null.</param>
    /// <param name="lastOnly">Whether only the last position is computed; T is then 1 in the result.</param>
    /// <returns>float32 [B, T, V] in the current dispose scope; values at padding are arbitrary.</returns>
    /// <exception cref="ModelException">
    /// There are more tokens than <see cref="ILanguageModel.ContextLength"/> or the cache's capacity, or B is not the
    /// cache's number of rows.
    /// </exception>
    Tensor Logits(Tensor inputIds, Tensor? attentionMask = null, IKeyValueCache? cache = null, bool lastOnly = false);
}
