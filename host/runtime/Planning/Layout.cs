namespace Tenon.Host.Planning;

/// <summary>What the backward pass computes again instead of keeping it (Korthikanti et al. 2022).</summary>
public enum Recomputation
{
    /// <summary>Nothing: all activations are kept.</summary>
    None,

    /// <summary>The scores of attention and what follows from them.</summary>
    Selective,

    /// <summary>Every layer from its input.</summary>
    Full,
}

/// <summary>How the accelerators of a job share the work.</summary>
/// <param name="Data">Replicas of the model, d.</param>
/// <param name="Tensor">Accelerators that share each layer, t.</param>
/// <param name="Pipeline">Stages, p.</param>
/// <param name="MicroBatch">Examples that pass through the stages together, b.</param>
public sealed record Layout(int Data, int Tensor, int Pipeline, int MicroBatch)
{
    /// <summary>Chunks of layers of each stage, v; more than 1 is the interleaved schedule (Narayanan et al. 2021).</summary>
    public int Chunks { get; init; } = 1;

    /// <summary>ZeRO stage, 0 … 3: replicas share the optimizer state, then gradients, then weights.</summary>
    public int Zero { get; init; }

    /// <summary>Whether tensor-parallel accelerators also share the positions between their products (Korthikanti et al. 2022).</summary>
    public bool SequenceParallel { get; init; }

    /// <summary>What the backward pass computes again.</summary>
    public Recomputation Recomputation { get; init; }

    /// <summary>Accelerators.</summary>
    public int Gpus => Data * Tensor * Pipeline;

    /// <summary>Micro-batches of each replica in a step, m.</summary>
    /// <param name="batch">Examples of a step.</param>
    public int MicroBatches(int batch) => batch / (Data * MicroBatch);

    /// <summary>The parts of this layout that this program does not run, in words; empty if it runs all of it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="precision">Precision of the matrix products.</param>
    public IReadOnlyList<string> NotRun(TrainingModel model, string precision) => [.. SupportedLayouts.Missing(this, model, precision)];
}

/// <summary>The kinds of parallelism that this program runs. Plans mark layouts that need others.</summary>
internal static class SupportedLayouts
{
    private const int HighestZeroStage = 2;

    private static readonly Recomputation[] Recomputations = [Recomputation.None, Recomputation.Full];

    /// <summary>Returns what a layout needs and this program lacks.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="model">The model.</param>
    /// <param name="precision">Precision of the matrix products.</param>
    public static IEnumerable<string> Missing(Layout layout, TrainingModel model, string precision)
    {
        if (layout.Tensor > 1 && !model.DividesLayers)
            yield return "tensor";
        if (layout.Pipeline > 1 && !model.IsStaged)
            yield return "pipeline";
        if (layout.Zero > HighestZeroStage)
            yield return $"ZeRO-{layout.Zero}";
        if (layout.SequenceParallel && !model.DividesSequence)
            yield return "sequence";
        if (!Recomputations.Contains(layout.Recomputation))
            yield return "selective";
        if (!Cluster.Precisions.Contains(precision, StringComparer.Ordinal))
            yield return precision;
    }
}
