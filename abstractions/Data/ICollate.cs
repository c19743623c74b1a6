namespace Tenon;

/// <summary>What a collate function may use besides the examples.</summary>
/// <param name="Random">
/// Numbers that depend on seed and step alone; masking and augmentation draw from it, so that a resumed run sees the
/// same batches.
/// </param>
/// <param name="Training">True when gradients follow: augment and mask at random. False: deterministic preparation.</param>
/// <param name="Tokenizer">The run's tokenizer, or null when the run has none.</param>
public sealed record CollateContext(SeededRandom Random, bool Training, ITokenizer? Tokenizer);

/// <summary>
/// Turns examples into the tensors that a loss needs. A model implements it for each kind of example that it can learn
/// from; a strategy may bring its own.
/// </summary>
/// <typeparam name="TExample">The kind of example.</typeparam>
public interface ICollate<in TExample> where TExample : Example
{
    /// <summary>
    /// Makes one batch on the CPU. Called on worker threads ahead of the step, several at once: it may read options,
    /// not parameters.
    /// </summary>
    /// <param name="examples">At least one.</param>
    /// <param name="context">Randomness, mode and tokenizer.</param>
    /// <returns>A batch that the caller disposes.</returns>
    /// <exception cref="DataException">An example does not fit the model: a label out of range, an image of another size.</exception>
    Batch Collate(IReadOnlyList<TExample> examples, CollateContext context);
}

/// <summary>A model that learns from packed text. The host tokenizes and packs documents to the length named here.</summary>
public interface ILearnsFromTokens : ICollate<TokenBlock>
{
    /// <summary>Tokens in each block, at least 2. A causal language model asks for its context and one more, the last target.</summary>
    int BlockLength { get; }

    /// <summary>
    /// Tokens that the start of a block shares with the end of the one before: 1 for a causal language model, so that
    /// each token is a target once; 0 where blocks stand alone.
    /// </summary>
    int BlockOverlap { get; }
}

/// <summary>
/// A model that takes several examples in one row, so that no position is spent on padding (packing; Krell et al. 2021).
/// Examples in a row do not see each other and each starts at the first position: the loss and its gradient are those
/// of the examples in rows of their own. The host decides which examples share a row.
/// </summary>
/// <typeparam name="TExample">The kind of example.</typeparam>
public interface IPacks<in TExample> : ICollate<TExample> where TExample : Example
{
    /// <summary>Positions in a row.</summary>
    int RowLength { get; }

    /// <summary>Positions that an example takes, 1 … <see cref="RowLength"/>; what is longer is cut by collate.</summary>
    /// <param name="example">The example.</param>
    /// <param name="tokenizer">The run's tokenizer, or null when the run has none.</param>
    /// <exception cref="DataException">The example does not fit the model.</exception>
    int Length(TExample example, ITokenizer? tokenizer);

    /// <summary>Makes one batch of packed rows on the CPU, as <see cref="ICollate{TExample}.Collate"/> does of single examples.</summary>
    /// <param name="rows">At least one row of at least one example; the lengths in a row add up to <see cref="RowLength"/> at most.</param>
    /// <param name="context">Randomness, mode and tokenizer.</param>
    /// <returns>A batch that the caller disposes; it counts examples, not rows.</returns>
    /// <exception cref="DataException">An example does not fit the model.</exception>
    Batch Collate(IReadOnlyList<IReadOnlyList<TExample>> rows, CollateContext context);
}

/// <summary>A sequence of batches in which each is a function of its index: reading one twice gives equal batches.</summary>
public interface IBatchSource
{
    /// <summary>Examples in each batch.</summary>
    int BatchSize { get; }

    /// <summary>How many batches make one pass over the examples, at least 1.</summary>
    long BatchesPerEpoch { get; }

    /// <summary>The batch of an index, on the run's device. The caller disposes it.</summary>
    /// <param name="index">Any non-negative number; batch n × <see cref="BatchesPerEpoch"/> starts pass n in a new order.</param>
    Batch Get(long index);
}
