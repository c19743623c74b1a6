using Tenon.Host.Models;
using Tenon.Host.Planning;
using Tenon.Host.Planning.Published;
using Tenon.Host.Planning.Simulation;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Recipes;
using Tenon.Host.Runs;
using TorchSharp;

namespace Tenon.Host;

/// <content>Plans of clusters: layout, time, money and memory before hardware is bought.</content>
public sealed partial class TenonHost
{
    /// <summary>
    /// Plans the training of a recipe's model on a cluster, without running anything, or on the machine at hand, which is measured.
    /// </summary>
    /// <param name="recipe">A recipe without findings; its batch size is that of the whole cluster.</param>
    /// <param name="request">Two of accelerators, units, days and money.</param>
    /// <param name="stop">Cancels a measurement.</param>
    /// <exception cref="RecipeException">The recipe's options contradict each other, or the cluster's file is invalid.</exception>
    /// <exception cref="OptionsException">
    /// The cluster does not exist, the architecture does not report its cost, or the request cannot be met.
    /// </exception>
    public ClusterPlan Plan(Recipe recipe, ClusterRequest request, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.IsThisMachine)
            return PlanHere(recipe, request, stop);
        Cluster cluster = ShippedClusters.Read(request.Cluster);
        (TrainingModel model, RunPlan run) = ModelOf(recipe, cluster.Precision(request.Precision));
        return new ClusterPlanner(request.CountsAsPapers ? model.AsPapersCount() : model, cluster, run.ExamplesPerStep, request).Plan();
    }

    private ClusterPlan PlanHere(Recipe recipe, ClusterRequest request, CancellationToken stop) => Contained(() =>
    {
        Cluster cluster;
        using (IOpenDevice device = new DeviceOpener(Components).Open(recipe.Device))
            cluster = MeasuredMachine.Measure(device);
        (TrainingModel model, RunPlan run) = ModelOf(recipe, cluster.DefaultPrecision);
        MeasuredRun? measured = request.Measures ? new ShortRun(Components, recipe).Measure(stop) : null;
        return new MachinePlanner(model, cluster, run, request).Plan(measured);
    });

    /// <summary>Plans the training of a recipe's model on a cluster, if the request can be met.</summary>
    /// <param name="recipe">A recipe without findings.</param>
    /// <param name="request">Two of accelerators, units, days and money.</param>
    /// <returns>The plan; null if the request cannot be met.</returns>
    public ClusterPlan? TryPlan(Recipe recipe, ClusterRequest request)
    {
        try
        {
            return Plan(recipe, request);
        }
        catch (OptionsException)
        {
            return null;
        }
    }

    /// <summary>Returns the memory of a layout that need not fit.</summary>
    /// <param name="plan">The plan with model and batch.</param>
    /// <param name="layout">The layout.</param>
    public static MemoryParts MemoryOf(ClusterPlan plan, Layout layout)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(layout);
        return new MemoryModel(plan.Model).Of(layout, plan.Batch);
    }

    /// <summary>Plans generation with a recipe's model on the fewest accelerators of a node that hold it.</summary>
    /// <param name="recipe">A recipe without findings.</param>
    /// <param name="cluster">Name of a shipped cluster, or path of a file.</param>
    /// <param name="precision">Precision of weights, cache and products; null for the cluster's default.</param>
    /// <exception cref="RecipeException">The recipe's options contradict each other, or the cluster's file is invalid.</exception>
    /// <exception cref="OptionsException">The cluster does not exist, or the model has no cache or does not fit into a node.</exception>
    public ServingPlan PlanServing(Recipe recipe, string cluster, string? precision = null)
    {
        Cluster read = ShippedClusters.Read(cluster);
        string products = read.Precision(precision);
        (TrainingModel model, _) = ModelOf(recipe, products);
        if (model.Stack is not { CachedNumbers: > 0 })
        {
            throw new OptionsException(
                $"--serve plans models that generate with a key/value cache; the model of '{model.Name}' has none.");
        }

        var serving = new ServingModel(model, read, products, new Assumptions());
        return serving.Plan() ?? throw new OptionsException(
            $"--serve: the model of '{model.Name}' and the cache of one text do not fit into a node of {read.GpusPerNode} {read.Gpu}.");
    }

    /// <summary>Simulates a step of a plan's layout, event by event.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="layout">One of its layouts.</param>
    /// <param name="overlaps">Whether gradients are summed during the backward pass instead of after it.</param>
    public static SimulationResult Simulate(ClusterPlan plan, Layout layout, bool overlaps = false)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(layout);
        return LayoutSimulation.Run(plan, layout, overlaps);
    }

    /// <summary>Computes published figures about the training of large models.</summary>
    public static PublishedFigures ComparePublished() =>
        PublishedFigures.Create(ShippedClusters.Read("v100"), ShippedClusters.Read("a100"));

    /// <summary>Returns what training costs with 20 tokens per parameter (Hoffmann et al. 2022), by size of the model.</summary>
    /// <param name="cluster">Name of a shipped cluster, or path of a file.</param>
    public static IReadOnlyList<TrainingCost> ComputeOptimalHours(string cluster) => TrainingCost.Of(ShippedClusters.Read(cluster));

    private (TrainingModel Model, RunPlan Run) ModelOf(Recipe recipe, string precision) => Contained(() =>
    {
        torch.ScalarType products = ScalarTypes.Of(Enum.Parse<Precision>(precision, ignoreCase: true));
        RunPlan plan = new Planner(Components) { Products = products }.Plan(recipe);
        TrainingModel model = TrainingModel.Of(plan, products == torch.ScalarType.Float32 ? sizeof(float) : 2)
            ?? throw new OptionsException(
                $"The architecture '{recipe.Model.Use}' does not report its operations, so only 'tenon plan' without --cluster applies.");
        return (model, plan);
    });
}
