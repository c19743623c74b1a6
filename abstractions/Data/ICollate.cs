namespace Tenon;

/// <summary>The context of a collate function: what it may use besides the examples.</summary>
/// <param name="Random">
/// Random numbers that depend only on seed and step. Masking and augmentation draw from it, so a resumed run sees the same batches.
/// </param>
/// <param name="Training">True in training, to augment and mask at random; false for deterministic preparation.</param>
/// <param name="Tokenizer">The run's tokenizer, or null when the run has none.</param>
public sealed record CollateContext(SeededRandom Random, bool Training, ITokenizer? Tokenizer)
{
    /// <summary>
    /// Whether a prompt that leaves no room for a response is truncated at its start; if false, it is an error. Other texts are
    /// truncated in either case.
    /// </summary>
    public bool TruncatePrompts { get; init; }
}

/// <summary>
/// Turns examples into the tensors that a loss needs. A model implements it for each type of example that it can learn from; a
/// strategy may implement its own.
/// </summary>
/// <typeparam name="TExample">The type of example.</typeparam>
public interface ICollate<in TExample> where TExample : Example
{
    /// <summary>
    /// Creates one batch on the CPU. Called concurrently on worker threads before the step, so it may read options but not parameters.
    /// </summary>
    /// <param name="examples">At least one.</param>
    /// <param name="context">Randomness, mode and tokenizer.</param>
    /// <returns>The batch. The caller disposes it.</returns>
    /// <exception cref="DataException">An example does not fit the model: a label out of range, or an image of the wrong size.</exception>
    Batch Collate(IReadOnlyList<TExample> examples, CollateContext context);
}

/// <summary>
/// A model that learns from packed text. The host tokenizes documents and packs them into blocks of <see cref="BlockLength"/>.
/// </summary>
public interface ILearnsFromTokens : ICollate<TokenBlock>
{
    /// <summary>
    /// Tokens in each block, at least 2. A causal language model requests its context length plus one for the last target.
    /// </summary>
    int BlockLength { get; }

    /// <summary>
    /// Tokens shared by the end of a block and the start of the next: 1 for a causal language model, so that each token is a
    /// target once; 0 for independent blocks.
    /// </summary>
    int BlockOverlap { get; }
}

/// <summary>
/// A model that packs several examples into one row to avoid padding (Krell et al. 2021). Examples in a row do not attend to
/// each other, and positions restart with each example, so loss and gradient equal those of separate rows. The host decides
/// which examples share a row.
/// </summary>
/// <typeparam name="TExample">The type of example.</typeparam>
public interface IPacks<in TExample> : ICollate<TExample> where TExample : Example
{
    /// <summary>Positions in a row.</summary>
    int RowLength { get; }

    /// <summary>
    /// Positions that an example occupies, 1 … <see cref="RowLength"/>; collate truncates longer examples, or refuses them if
    /// <see cref="CollateContext.TruncatePrompts"/> is false.
    /// </summary>
    /// <param name="example">The example.</param>
    /// <param name="tokenizer">The run's tokenizer, or null when the run has none.</param>
    /// <exception cref="DataException">The example does not fit the model.</exception>
    int Length(TExample example, ITokenizer? tokenizer);

    /// <summary>Creates one batch of packed rows on the CPU; the counterpart of <see cref="ICollate{TExample}.Collate"/>.</summary>
    /// <param name="rows">At least one row of at least one example; the lengths in a row sum to at most <see cref="RowLength"/>.</param>
    /// <param name="context">Randomness, mode and tokenizer.</param>
    /// <returns>The batch, which counts examples, not rows. The caller disposes it.</returns>
    /// <exception cref="DataException">An example does not fit the model.</exception>
    Batch Collate(IReadOnlyList<IReadOnlyList<TExample>> rows, CollateContext context);
}

/// <summary>A sequence of batches. Each batch is a function of its index: reading it twice gives equal tensors.</summary>
public interface IBatchSource
{
    /// <summary>Examples in each batch.</summary>
    int BatchSize { get; }

    /// <summary>Batches in one pass over the examples, at least 1.</summary>
    long BatchesPerEpoch { get; }

    /// <summary>Returns the batch at an index, on the run's device. The caller disposes it.</summary>
    /// <param name="index">Non-negative. Batch n × <see cref="BatchesPerEpoch"/> starts pass n, in a new order.</param>
    Batch Get(long index);
}
