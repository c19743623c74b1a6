namespace Tenon.Rlhf;

/// <summary>
/// Batches whose loss is a mean over pairs, not tokens, so that accumulated batches are weighted by their number of pairs.
/// </summary>
/// <param name="tokens">Batches weighted by tokens.</param>
internal sealed class PairBatches(IBatchSource tokens) : IBatchSource
{
    /// <inheritdoc/>
    public int BatchSize => tokens.BatchSize;

    /// <inheritdoc/>
    public long BatchesPerEpoch => tokens.BatchesPerEpoch;

    /// <summary>Batches of a split; null if the data does not have it.</summary>
    /// <param name="data">The run's data: preferences.</param>
    /// <param name="split">The split.</param>
    public static PairBatches? Of(IRunData data, Split split) =>
        data.Examples<PreferenceExample>(split) is null ? null : new PairBatches(data.Batches(split));

    /// <inheritdoc/>
    public Batch Get(long index)
    {
        // The new batch takes over the tensors, so the old one is not disposed.
        Batch made = tokens.Get(index);
        return new Batch(
            made.Names.Select(name => KeyValuePair.Create(name, made[name])), made.Examples, made.Examples)
        {
            Truncated = made.Truncated,
            RowTargets = made.RowTargets is null ? null : [.. made.RowTargets.Select(_ => 1L)],
        };
    }
}
