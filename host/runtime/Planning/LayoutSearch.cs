namespace Tenon.Host.Planning;

/// <summary>A layout with the time and memory that it needs.</summary>
/// <param name="Layout">The layout.</param>
/// <param name="Time">Time of a step.</param>
/// <param name="Memory">Memory, in the sizes of numbers that the search counts.</param>
/// <param name="PapersMemory">Memory as papers count mixed precision.</param>
/// <param name="FlopPerSecond">Operations per second of each accelerator, repeated ones included.</param>
/// <param name="Utilization">
/// Model FLOP utilization: operations that the model needs, without those that are repeated, as a share of the peak.
/// </param>
/// <param name="Crosses">Kinds of parallelism whose communication leaves a node.</param>
/// <param name="NotRun">Parts of the layout that this program does not run; empty if it runs all of it.</param>
public sealed record RankedLayout(
    Layout Layout, StepTime Time, MemoryParts Memory, MemoryParts PapersMemory, double FlopPerSecond, double Utilization,
    IReadOnlyList<string> Crosses, IReadOnlyList<string> NotRun);

/// <summary>The layouts that a search considers.</summary>
internal sealed record SearchSpace
{
    private const int MostChunks = 8;

    /// <summary>Highest ZeRO stage.</summary>
    public int HighestZero { get; init; } = 3;

    /// <summary>Whether sequence parallelism is tried.</summary>
    public bool SequenceParallel { get; init; } = true;

    /// <summary>What may be recomputed.</summary>
    public IReadOnlyList<Recomputation> Recomputations { get; init; } = Enum.GetValues<Recomputation>();

    /// <summary>Chunks of an interleaved schedule that are tried.</summary>
    public IReadOnlyList<int> Chunks { get; init; } = [.. Enumerable.Range(1, MostChunks)];
}

/// <summary>Finds the fastest layouts that fit into memory, by trying all of them.</summary>
/// <param name="model">The model.</param>
/// <param name="cluster">The cluster.</param>
/// <param name="precision">Precision of the products.</param>
/// <param name="assumptions">What is assumed beyond the cluster's file.</param>
/// <param name="space">The layouts to try.</param>
internal sealed class LayoutSearch(
    TrainingModel model, Cluster cluster, string precision, Assumptions assumptions, SearchSpace space)
{
    private const int LargestMicroBatch = 64;

    private readonly StepModel _steps = new(model, cluster, precision, assumptions);
    private readonly MemoryModel _memory = new(model);
    private readonly MemoryModel _papersMemory = new(model.AsPapersCount());
    private readonly Links _links = new(cluster, assumptions);

    /// <summary>Memory of an accelerator that a plan may fill, in bytes.</summary>
    public double Usable => cluster.MemoryBytes * assumptions.UsableMemory;

    /// <summary>The fastest layout that fits, or null.</summary>
    /// <param name="gpus">Accelerators.</param>
    /// <param name="batch">Examples of a step.</param>
    public RankedLayout? Best(int gpus, int batch)
    {
        (Layout? best, double seconds) = (null, double.PositiveInfinity);
        foreach (Layout layout in Candidates(gpus, batch))
        {
            double time = _steps.Of(layout, batch).Total;
            if (time < seconds && _memory.Of(layout, batch).Total <= Usable)
                (best, seconds) = (layout, time);
        }

        return best is null ? null : Rank(best, batch);
    }

    /// <summary>The fastest layout of each division into data, tensor and pipeline ranks, fastest first.</summary>
    /// <param name="gpus">Accelerators.</param>
    /// <param name="batch">Examples of a step.</param>
    /// <returns>
    /// Those that fit; and of each division without one, the layout that needs the least memory.
    /// </returns>
    public (IReadOnlyList<RankedLayout> Fitting, IReadOnlyList<RankedLayout> TooLarge) All(int gpus, int batch)
    {
        List<RankedLayout> fitting = [], tooLarge = [];
        foreach (var group in Candidates(gpus, batch).GroupBy(layout => (layout.Data, layout.Tensor, layout.Pipeline)))
        {
            Layout[] fits = [.. group.Where(layout => _memory.Of(layout, batch).Total <= Usable)];
            if (fits.Length > 0)
                fitting.Add(Rank(fits.MinBy(layout => _steps.Of(layout, batch).Total)!, batch));
            else
                tooLarge.Add(Rank(group.MinBy(layout => _memory.Of(layout, batch).Total)!, batch));
        }

        return ([.. fitting.OrderBy(layout => layout.Time.Total)], [.. tooLarge.OrderBy(layout => layout.Time.Total)]);
    }

    /// <summary>Returns a layout with its time and memory.</summary>
    /// <param name="layout">A layout that divides the model and the batch.</param>
    /// <param name="batch">Examples of a step.</param>
    public RankedLayout Rank(Layout layout, int batch)
    {
        StepTime time = _steps.Of(layout, batch);
        double perGpu = layout.Gpus * time.Total;
        return new RankedLayout(
            layout, time, _memory.Of(layout, batch), _papersMemory.Of(layout, batch), _steps.HardwareFlop(layout, batch) / perGpu,
            _steps.ModelFlop(batch) / perGpu / _steps.Peak, [.. Crossing(layout)], layout.NotRun(model, precision));
    }

    /// <summary>Whether any layout divides the model and the batch among these accelerators.</summary>
    /// <param name="gpus">Accelerators.</param>
    /// <param name="batch">Examples of a step.</param>
    public bool Divides(int gpus, int batch) => Candidates(gpus, batch).Any();

    private IEnumerable<string> Crossing(Layout layout)
    {
        if (_links.Crosses(layout.Tensor, 1))
            yield return "tensor";
        if (_links.Crosses(layout.Data, layout.Tensor))
            yield return "data";
        if (_links.Crosses(layout.Pipeline, layout.Tensor * layout.Data))
            yield return "pipeline";
    }

    private IEnumerable<Layout> Candidates(int gpus, int batch)
    {
        int most = model.Stack is null ? 1 : cluster.GpusPerNode;
        // A group that does not divide a node would leave it.
        foreach (int tensor in Divisors(gpus, most)
            .Where(t => t == 1 || (model.Stack!.Heads % t == 0 && cluster.GpusPerNode % t == 0)))
        {
            foreach (int pipeline in Divisors(gpus / tensor, model.Layers).Where(p => model.Layers % p == 0))
            {
                int data = gpus / tensor / pipeline;
                if (batch % data != 0)
                    continue;
                foreach (int microBatch in Divisors(batch / data, LargestMicroBatch))
                {
                    foreach (Layout layout in Variants(new Layout(data, tensor, pipeline, microBatch), batch))
                        yield return layout;
                }
            }
        }
    }

    private IEnumerable<Layout> Variants(Layout layout, int batch) =>
        from chunks in space.Chunks
        where chunks == 1 || IsInterleaved(layout, chunks, batch)
        // With several stages, gradients are summed once for all micro-batches, so they cannot be shared.
        from zero in Enumerable.Range(0, 1 + (layout.Data == 1 ? 0 : Math.Min(space.HighestZero, layout.Pipeline > 1 ? 1 : 3)))
        from shared in Enumerable.Range(0, layout.Tensor > 1 && space.SequenceParallel ? 2 : 1)
        from recomputation in space.Recomputations
        where Supports(recomputation)
        select layout with { Chunks = chunks, Zero = zero, SequenceParallel = shared == 1, Recomputation = recomputation };

    private bool IsInterleaved(Layout layout, int chunks, int batch) =>
        layout.Pipeline > 1 && model.Layers / layout.Pipeline % chunks == 0 && layout.MicroBatches(batch) % layout.Pipeline == 0;

    private bool Supports(Recomputation recomputation) => recomputation switch
    {
        Recomputation.Full => model.RecomputedBytes is not null,
        Recomputation.Selective => model.WritesScores,
        _ => true,
    };

    private static IEnumerable<int> Divisors(int number, int most) =>
        Enumerable.Range(1, Math.Min(number, most)).Where(divisor => number % divisor == 0);
}
