using System.CommandLine;
using Tenon.Cli.Console;
using Tenon.Cli.Plots;
using Tenon.Host;
using Tenon.Host.Artifacts;
using Tenon.Host.Planning;
using Tenon.Host.Planning.Published;
using Tenon.Host.Planning.Simulation;
using Tenon.Host.Recipes;

namespace Tenon.Cli.Commands;

/// <summary>The part of <c>tenon plan</c> that plans a cluster.</summary>
internal static class ClusterPlanning
{
    // The longest timeline that is legible as a picture: passes of the first replica.
    private const int MostDrawn = 20_000;
    private const int LargestFactor = 64;
    private static readonly string[] Compared = ["a100", "h100"];

    /// <summary>A plan with the simulated step of its fastest layout, as --json writes it.</summary>
    /// <param name="Plan">The plan.</param>
    /// <param name="SimulatedSeconds">Simulated time of a step without the update.</param>
    internal sealed record SimulatedPlan(ClusterPlan Plan, double SimulatedSeconds);

    /// <summary>Plans a recipe on a cluster, shows the plan, and draws its pictures.</summary>
    /// <param name="session">The state that all commands share.</param>
    /// <param name="json">Whether JSON is requested.</param>
    /// <param name="host">The host.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="request">The request.</param>
    /// <param name="options">The options of the command.</param>
    /// <param name="result">The command line.</param>
    public static int Run(
        Session session, bool json, TenonHost host, Recipe recipe, ClusterRequest request, PlanOptions options, ParseResult result)
    {
        if (options.Serves(result))
        {
            return PlanCommand.Tell(session, json, host.PlanServing(recipe, request.Cluster, request.Precision),
                (console, serving) => ServingPlanDisplay.Show(console, request.Cluster, serving));
        }

        using StopSignal? signal = request.Measures ? new StopSignal() : null;
        ClusterPlan plan = host.Plan(recipe, request, signal?.Token ?? CancellationToken.None);
        SimulationResult simulated = TenonHost.Simulate(plan, plan.Layouts[0].Layout);
        int code = PlanCommand.Tell(session, json, new SimulatedPlan(plan, simulated.Seconds),
            (console, shown) => new ClusterPlanDisplay(console).Show(shown.Plan, simulated));
        if (options.Pictures(result) is { } folder)
            Draw(session, json, host, recipe, request, plan, simulated, folder);
        return code;
    }

    /// <summary>Draws the picture of published models: hours or cost of compute-optimal training by parameters.</summary>
    /// <param name="session">The state that all commands share.</param>
    /// <param name="json">Whether JSON is requested.</param>
    /// <param name="price">Dollars of a GPU for an hour; null to show hours.</param>
    /// <param name="folder">The folder.</param>
    public static void DrawPublished(Session session, bool json, double? price, string folder)
    {
        string file = Path.Combine(folder, "cost.png");
        Curve[] curves = [.. Compared.Select(cluster => new Curve(cluster, [.. TenonHost.ComputeOptimalHours(cluster)
            .Select(point => new CurvePoint(point.Parameters / 1e9, point.GpuHours * (price ?? 1)))]))];
        var figure = new RunFigure(
            $"training on {TrainingCost.TokensPerParameter} tokens per parameter", "parameters, billions",
            price is null ? "GPU hours" : $"dollars at ${price:0.##} per GPU hour", curves)
        { LogarithmicX = true };
        Picture.Write(file, () => CurvePlot.Png(figure, logarithmicY: true));
        if (!json)
            session.Line($"Pictures: {TextFormat.Relative(file)}");
    }

    private static void Draw(
        Session session, bool json, TenonHost host, Recipe recipe, ClusterRequest request, ClusterPlan plan, SimulationResult simulated,
        string folder)
    {
        List<string> written = [];
        string title = $"{plan.Model.Name} on {plan.Cluster.Gpu}";
        Write("memory", () => MemoryPlot.Png($"{title}, {plan.Gpus:N0} GPUs", MemoryByZero(plan), plan.UsableMemory));
        if (simulated.Timeline.Count <= MostDrawn)
            Write("timeline", () => TimelinePlot.Png($"{title}: {ClusterPlanDisplay.Name(plan.Layouts[0].Layout)}", simulated));
        CurvePoint[] times = [.. TimesByGpus(host, recipe, request, plan)];
        Write("time", () => CurvePlot.Png(
            new RunFigure(title, "GPUs", "days", [new Curve($"{ClusterPlanDisplay.Large(plan.Units)} {plan.Model.Unit}s", times)])
            {
                LogarithmicX = true,
            },
            logarithmicY: true));
        if (!json)
            session.Line($"Pictures: {string.Join(", ", written.Select(TextFormat.Relative))}");

        void Write(string name, Func<byte[]> draw)
        {
            string file = Path.Combine(folder, $"{name}.png");
            Picture.Write(file, draw);
            written.Add(file);
        }
    }

    // The fastest layout with each ZeRO stage instead of its own.
    private static IReadOnlyList<(string, MemoryParts)> MemoryByZero(ClusterPlan plan) =>
        [.. Enumerable.Range(0, 4).Select(zero => (
            zero == 0 ? "without ZeRO" : $"ZeRO-{zero}",
            TenonHost.MemoryOf(plan, plan.Layouts[0].Layout with { Zero = zero })))];

    // From a 64th to 64 times the plan's number of GPUs, as far as they fit and divide the work.
    private static IEnumerable<CurvePoint> TimesByGpus(TenonHost host, Recipe recipe, ClusterRequest request, ClusterPlan plan)
    {
        for (double factor = 1.0 / LargestFactor; factor <= LargestFactor; factor *= 2)
        {
            double gpus = plan.Gpus * factor;
            if (gpus < 1 || gpus != Math.Floor(gpus))
                continue;
            if (host.TryPlan(recipe, request with { Gpus = (int)gpus, Units = plan.Units, Days = null, Budget = null }) is { } other)
                yield return new CurvePoint(gpus, other.SecondsWithFailures / 86_400);
        }
    }
}
