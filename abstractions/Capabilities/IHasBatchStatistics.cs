namespace Tenon;

/// <summary>
/// A model that, in training, normalizes with the statistics of the batch (batch normalization: Ioffe and Szegedy 2015). The
/// examples of a batch then affect each other, so unlike for all other models, accumulating micro-batches is not equivalent to one
/// large batch. Evaluation uses running statistics, which are buffers of the module and are saved, averaged and checkpointed with
/// it. An option that freezes the statistics must be named <c>frozenNorms</c>: this is how <c>tenon validate</c> recognizes that
/// accumulation is exact.
/// </summary>
public interface IHasBatchStatistics : IModel
{
    /// <summary>Whether training uses the statistics of the batch; false if the model's options freeze them.</summary>
    bool UsesBatchStatistics { get; }
}
