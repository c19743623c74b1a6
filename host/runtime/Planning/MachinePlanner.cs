using Tenon.Host.Plugins.Loading;
using Tenon.Host.Runs;

namespace Tenon.Host.Planning;

/// <summary>Plans a recipe as it runs on the machine at hand: one accelerator, with the recipe's own batch.</summary>
/// <param name="model">The model, as this program computes it.</param>
/// <param name="cluster">The measured machine.</param>
/// <param name="run">The recipe's plan.</param>
/// <param name="request">The request.</param>
internal sealed class MachinePlanner(TrainingModel model, Cluster cluster, RunPlan run, ClusterRequest request)
{
    private const double LocalStorage = 1e9;

    private int Batch => run.ExamplesPerStep;

    // Training with checkpoints of activations costs a fourth forward pass.
    private Layout Layout => new(1, 1, 1, Batch / run.Accumulated)
    {
        Recomputation = run.FlopPerUnit > 3.5 * model.ForwardFlop ? Recomputation.Full : Recomputation.None,
    };

    /// <summary>Returns the plan.</summary>
    /// <param name="measured">The first steps; null to estimate them.</param>
    /// <exception cref="OptionsException">The recipe does not fit into memory.</exception>
    public ClusterPlan Plan(MeasuredRun? measured)
    {
        var assumptions = new Assumptions { MemoryShare = 1 };
        assumptions = assumptions with { Efficiency = measured is null ? request.Efficiency : Share(assumptions, measured.SecondsPerStep) };
        var search = new LayoutSearch(model, cluster, cluster.DefaultPrecision, assumptions, new SearchSpace());
        RankedLayout layout = search.Rank(Layout, Batch);
        if (layout.Memory.Total > search.Usable)
        {
            throw new OptionsException(
                $"--cluster this: the recipe needs {layout.Memory.Total / 1e9:N1} GB, most of it {layout.Memory.Largest}, and " +
                $"{search.Usable / 1e9:N1} GB are usable. Use a smaller model or training:batchSize.");
        }

        double units = request.Units ?? run.Units!.Value;
        return new ClusterPlan
        {
            Model = model,
            Cluster = cluster,
            Precision = cluster.DefaultPrecision,
            Assumptions = assumptions,
            Batch = Batch,
            Gpus = 1,
            Units = units,
            Layouts = [layout],
            TooLarge = [],
            UsableMemory = search.Usable,
            Measured = measured,
            Flop = 3 * model.ForwardFlop * units,
            Failures = FailurePlan.Of(
                model.Parameters * model.Sizes.Checkpoint, request.StorageBandwidth ?? LocalStorage, request.HoursBetweenFailures, 1),
            PricePerHour = request.Price,
        };
    }

    // The share of the peak at which computation and update together take the measured time.
    private double Share(Assumptions assumptions, double seconds)
    {
        var steps = new StepModel(model, cluster, cluster.DefaultPrecision, assumptions);
        double update = steps.Of(Layout, Batch).Optimizer;
        return steps.HardwareFlop(Layout, Batch) / cluster.Peaks[cluster.DefaultPrecision] / Math.Max(seconds - update, seconds / 2);
    }
}
