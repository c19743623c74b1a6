using static TorchSharp.torch;

namespace Tenon.Host.Training;

/// <summary>The loss over held-out batches.</summary>
internal static class Validation
{
    private const int Ahead = 2;

    /// <summary>Mean loss over the targets of the first batches. The caller sets mode and seed.</summary>
    /// <param name="source">The batches, the same each time.</param>
    /// <param name="most">Most batches; 0: one whole pass.</param>
    /// <param name="loss">Mean loss over a batch's targets.</param>
    /// <exception cref="DataException">No batch has a target.</exception>
    public static double Loss(IBatchSource source, long most, Func<Batch, Tensor> loss)
    {
        long count = most == 0 ? source.BatchesPerEpoch : Math.Min(most, source.BatchesPerEpoch);
        using var batches = new Prefetch(source, Ahead);
        double sum = 0;
        long targets = 0;
        for (long index = 0; index < count; index++)
        {
            using var scope = NewDisposeScope();
            using Batch batch = batches.Get(index);
            if (batch.Targets == 0)
                continue;
            sum += loss(batch).to(ScalarType.Float64).item<double>() * batch.Targets;
            targets += batch.Targets;
        }

        return targets > 0
            ? sum / targets
            : throw new DataException($"None of the {count} validation batches has a target, so there is no loss to take. Use larger batches or more validation examples.");
    }
}
