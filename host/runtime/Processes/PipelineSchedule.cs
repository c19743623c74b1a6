namespace Tenon.Host.Processes;

/// <summary>A pass of a micro-batch through a chunk of layers.</summary>
/// <param name="IsForward">Whether it is the forward pass.</param>
/// <param name="MicroBatch">Index of the micro-batch.</param>
/// <param name="Chunk">Index of the chunk on its stage.</param>
public readonly record struct PipelineTask(bool IsForward, int MicroBatch, int Chunk);

/// <summary>
/// The order in which a stage processes micro-batches: one forward, one backward (1F1B), or with several chunks the interleaved
/// schedule (Narayanan et al. 2021, section 2.2, figures 3 and 4).
/// </summary>
internal static class PipelineSchedule
{
    /// <summary>Returns the tasks of a stage in order.</summary>
    /// <param name="stage">Index of the stage.</param>
    /// <param name="stages">Stages, p.</param>
    /// <param name="chunks">Chunks of each stage, v.</param>
    /// <param name="microBatches">Micro-batches, m; with several chunks a multiple of <paramref name="stages"/>.</param>
    public static IEnumerable<PipelineTask> Of(int stage, int stages, int chunks, int microBatches)
    {
        int all = microBatches * chunks;
        // Passes before the first backward pass arrives.
        int ahead = chunks == 1 ? stages - stage - 1 : 2 * (stages - stage - 1) + (chunks - 1) * stages;
        int warmUp = Math.Min(ahead, all);
        for (int i = 0; i < warmUp; i++)
            yield return Forward(i);
        for (int i = warmUp; i < all; i++)
        {
            yield return Forward(i);
            yield return Backward(i - warmUp);
        }

        for (int i = all - warmUp; i < all; i++)
            yield return Backward(i);

        PipelineTask Forward(int index) => new(true, MicroBatch(index), Chunk(index));
        PipelineTask Backward(int index) => new(false, MicroBatch(index), chunks - 1 - Chunk(index));
        // Groups of p micro-batches pass through all chunks before the next group.
        int MicroBatch(int index) => chunks == 1 ? index : index / (stages * chunks) * stages + index % stages;
        int Chunk(int index) => chunks == 1 ? 0 : index % (stages * chunks) / stages;
    }
}
