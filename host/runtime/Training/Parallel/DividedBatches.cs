namespace Tenon.Host.Training.Parallel;

/// <summary>
/// The rows of each batch that one of several processes computes. Every process prepares the whole batch, because masks, mixed
/// images and padding depend on all of its rows, and keeps its own.
/// </summary>
internal sealed class DividedBatches : IBatchSource
{
    private readonly IBatchSource _whole;
    private readonly ICommunicator _ranks;

    /// <summary>Checks that the batches can be divided.</summary>
    /// <param name="whole">The batches of all processes.</param>
    /// <param name="ranks">The processes that divide them.</param>
    /// <exception cref="ModelException">They cannot.</exception>
    public DividedBatches(IBatchSource whole, ICommunicator ranks)
    {
        (_whole, _ranks) = (whole, ranks);
        Get(0).Dispose();
    }

    /// <inheritdoc/>
    public int BatchSize => _whole.BatchSize / _ranks.Size;

    /// <inheritdoc/>
    public long BatchesPerEpoch => _whole.BatchesPerEpoch;

    /// <inheritdoc/>
    /// <exception cref="ModelException">The batch cannot be divided.</exception>
    public Batch Get(long index)
    {
        using Batch batch = _whole.Get(index);
        if (batch.RowTargets is not { } rows)
            throw new ModelException("The model's batches cannot be divided among several processes, because their loss is not a mean " +
                "over rows, or because of dropout between recurrent layers. Start one process, or use another model, head or dropout.");
        if (rows.Count % _ranks.Size != 0)
            throw new ModelException($"A batch has {rows.Count} rows, which {_ranks.Size} processes cannot divide equally. Set " +
                $"training:batchSize to a multiple of {_ranks.Size}.");
        long own = rows.Count / _ranks.Size;
        return batch.Rows(_ranks.Rank * own, own);
    }
}
