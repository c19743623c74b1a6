using Tenon.Host.Data;
using Tenon.Host.Models;
using static TorchSharp.torch;

namespace Tenon.Host.Evaluation;

/// <summary>Metrics of a model on batches.</summary>
/// <param name="Loss">Mean over all targets.</param>
/// <param name="Examples">Number of examples.</param>
/// <param name="Predictions">Predictions of classes or masked tokens.</param>
internal sealed record ValidationFigures(double Loss, long Examples, Predictions Predictions);

/// <summary>Computes the loss and, for classifiers, predictions over batches.</summary>
internal static class Validation
{
    private const int Ahead = 2;

    /// <summary>Computes metrics over the first batches. The caller sets mode and seed.</summary>
    /// <param name="source">The batches.</param>
    /// <param name="most">Maximum number of batches; 0 for one full pass.</param>
    /// <param name="loss">Mean loss over a batch's targets.</param>
    /// <param name="model">Predicts labels if the batches contain any.</param>
    /// <param name="stop">Cancels between batches.</param>
    /// <exception cref="DataException">No batch has a target.</exception>
    public static ValidationFigures Measure(
        IBatchSource source, long most, Func<Batch, Tensor> loss, IModel model, CancellationToken stop = default)
    {
        long count = most == 0 ? source.BatchesPerEpoch : Math.Min(most, source.BatchesPerEpoch);
        using var batches = new BatchPrefetch(source, Ahead);
        double sum = 0;
        long targets = 0;
        long examples = 0;
        var predictions = new Predictions();
        for (long index = 0; index < count; index++)
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using Batch batch = batches.Get(index);
            examples += batch.Examples;
            if (batch.Targets == 0)
                continue;
            sum += loss(batch).to(ScalarType.Float64).item<double>() * batch.Targets;
            targets += batch.Targets;
            // After the loss and in the same scope: a strategy's loss may have set a prompt that is valid only in this scope.
            predictions.Add(model, batch);
        }

        return targets > 0
            ? new ValidationFigures(sum / targets, examples, predictions)
            : throw new DataException($"None of the {count} validation batches has a target, so the loss is undefined. Use larger " +
                "batches or more validation examples.");
    }

    /// <summary>
    /// exp(loss) of a causal language model measured with its own loss, otherwise null: only that loss is known to be a mean
    /// negative log-probability.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="isOwn">Whether the loss is the model's own.</param>
    /// <param name="loss">Mean over all targets; null if it was not measured.</param>
    public static double? Perplexity(IModel model, bool isOwn, double? loss) =>
        isOwn && Capability.Of(model).Any(capability => capability.HasPerplexity) && loss is { } mean ? Math.Exp(mean) : null;
}
