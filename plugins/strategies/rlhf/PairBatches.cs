namespace Tenon.Rlhf;

/// <summary>Batches whose loss is a mean over pairs, not over tokens, so that accumulated batches weigh what they hold.</summary>
/// <param name="tokens">Batches that count tokens.</param>
internal sealed class PairBatches(IBatchSource tokens) : IBatchSource
{
    /// <inheritdoc/>
    public int BatchSize => tokens.BatchSize;

    /// <inheritdoc/>
    public long BatchesPerEpoch => tokens.BatchesPerEpoch;

    /// <summary>Batches of a part; null when there is none.</summary>
    /// <param name="data">The run's data: preferences.</param>
    /// <param name="split">Which part.</param>
    public static PairBatches? Of(IRunData data, Split split) =>
        data.Examples<PreferenceExample>(split) is null ? null : new PairBatches(data.Batches(split));

    /// <inheritdoc/>
    public Batch Get(long index)
    {
        // The tensors go over into the new batch, so the old one is not disposed.
        Batch made = tokens.Get(index);
        return new Batch(made.Names.Select(name => KeyValuePair.Create(name, made[name])), made.Examples, made.Examples);
    }
}
