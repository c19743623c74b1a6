namespace Tenon;

/// <summary>
/// Keys and values of past tokens, so that a new token costs one position. Allocated to its capacity once. The caller of
/// <see cref="ICausalLanguageModel.NewCache"/> disposes it.
/// </summary>
public interface IKeyValueCache : IDisposable
{
    /// <summary>Sequences in the batch.</summary>
    int BatchSize { get; }

    /// <summary>Tokens held of each sequence so far.</summary>
    int Length { get; }

    /// <summary>Tokens that fit.</summary>
    int Capacity { get; }

    /// <summary>Forgets the tokens from a position on.</summary>
    /// <param name="length">In [0, <see cref="Length"/>].</param>
    void Truncate(int length);
}

/// <summary>A model that gives each next token a probability (GPT).</summary>
public interface ICausalLanguageModel : ILanguageModel
{
    /// <summary>An empty cache. The caller disposes it.</summary>
    /// <param name="batchSize">Sequences, at least 1.</param>
    /// <param name="capacity">Tokens of each, 1 … <see cref="ILanguageModel.ContextLength"/>.</param>
    IKeyValueCache NewCache(int batchSize, int capacity);

    /// <summary>Unnormalised log-probabilities of the next token at each position.</summary>
    /// <param name="inputIds">int64 [B, T]; with a cache the tokens after those that it holds. Not disposed.</param>
    /// <param name="attentionMask">
    /// int64 [B, cached + T], 1 where a token counts; null when all do. Positions count the ones before a token, so
    /// padding may stand on the left. Not disposed.
    /// </param>
    /// <param name="cache">Extended by T tokens, or null.</param>
    /// <param name="lastOnly">True: only the last position is computed, and T is 1 in the result.</param>
    /// <returns>float32 [B, T, V] in the current dispose scope.</returns>
    /// <exception cref="ModelException">More tokens than <see cref="ILanguageModel.ContextLength"/> or the cache's capacity.</exception>
    Tensor Logits(Tensor inputIds, Tensor? attentionMask = null, IKeyValueCache? cache = null, bool lastOnly = false);
}
