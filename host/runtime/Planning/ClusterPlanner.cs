using System.Globalization;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Host.Planning;

/// <summary>Plans the training of a model on a cluster.</summary>
/// <param name="model">The model, with the numbers to count.</param>
/// <param name="cluster">The cluster.</param>
/// <param name="batch">Examples of a step.</param>
/// <param name="request">The question.</param>
internal sealed class ClusterPlanner(TrainingModel model, Cluster cluster, int batch, ClusterRequest request)
{
    private const double Day = 86_400;
    private const double StoragePerNode = 1e9;
    private const int MostGpus = 1_000_000;

    private readonly string _precision = cluster.Precision(request.Precision);
    private readonly Assumptions _assumptions = new() { Efficiency = request.Efficiency };

    private double? Price => request.Price ?? cluster.PricePerHour;

    private LayoutSearch? _search;

    private LayoutSearch Search => _search ??= new LayoutSearch(model, cluster, _precision, _assumptions, new SearchSpace());

    /// <summary>Answers the request.</summary>
    /// <exception cref="OptionsException">No layout fits, or a limit cannot be met; the message has the nearest that can.</exception>
    public ClusterPlan Plan() => request switch
    {
        { Gpus: { } gpus, Units: { } units } => Of(gpus, units),
        { Gpus: { } gpus, Days: { } days } => Of(gpus, UnitsIn(gpus, days)),
        { Days: { } days, Units: { } units } => WithinDays(days, units),
        { Budget: { } budget, Units: { } units } => WithinBudget(budget, units),
        _ => throw new ArgumentException("A plan needs accelerators and units, or two others that determine them.", nameof(request)),
    };

    private ClusterPlan Of(int gpus, double units)
    {
        (IReadOnlyList<RankedLayout> fitting, IReadOnlyList<RankedLayout> tooLarge) = Search.All(gpus, batch);
        if (fitting.Count == 0)
            throw NoLayout(gpus, tooLarge);
        return new ClusterPlan
        {
            Model = model,
            Cluster = cluster,
            Precision = _precision,
            Assumptions = _assumptions,
            Batch = batch,
            Gpus = gpus,
            Units = units,
            Layouts = fitting,
            TooLarge = tooLarge,
            UsableMemory = Search.Usable,
            Flop = 3 * model.ForwardFlop * units,
            Failures = Failures(gpus),
            PricePerHour = Price,
        };
    }

    private FailurePlan Failures(int gpus) => FailurePlan.Of(
        model.Parameters * model.Sizes.Checkpoint,
        request.StorageBandwidth ?? StoragePerNode * Math.Max(1, Math.Ceiling((double)gpus / cluster.GpusPerNode)),
        request.HoursBetweenFailures, gpus);

    private OptionsException NoLayout(int gpus, IReadOnlyList<RankedLayout> tooLarge)
    {
        int? enough = Numbers(1).OrderBy(other => Math.Abs(Math.Log((double)other / gpus)))
            .Where(other => other != gpus && Search.Best(other, batch) is not null).Cast<int?>().FirstOrDefault();
        string nearest = enough is { } works ? $" The nearest number that works: --gpus {works}."
            : $" No number of {cluster.Gpu} up to {batch * model.Layers} works.";
        if (tooLarge.MinBy(layout => layout.Memory.Total) is not { } least)
        {
            return new OptionsException(
                $"--gpus is {gpus}, but no layout divides {batch} examples a step (training:batchSize × accumulate) and " +
                $"{model.Layers} layers among them.{nearest}");
        }

        return new OptionsException(
            $"--gpus is {gpus}, but no layout fits: the smallest needs {Gigabytes(least.Memory.Total)} of each accelerator, most of it " +
            $"{least.Memory.Largest}, and {Gigabytes(Search.Usable)} are usable.{nearest}");
    }

    // Units that a number of accelerators trains on in some days.
    private double UnitsIn(int gpus, double days)
    {
        ClusterPlan one = Of(gpus, batch * model.UnitsPerExample);
        return Math.Floor(days * Day / one.SecondsWithFailures) * batch * model.UnitsPerExample;
    }

    private ClusterPlan WithinDays(double days, double units)
    {
        double least = 3 * model.ForwardFlop * units / (days * Day) / cluster.Peaks[_precision];
        foreach (int gpus in Numbers((int)Math.Clamp(least, 1, MostGpus)))
        {
            if (Search.Best(gpus, batch) is { } best && Seconds(best, gpus, units) <= days * Day)
                return Of(gpus, units);
        }

        (int Gpus, double Seconds)[] all = [.. Possible(units)];
        (int nearest, double seconds) = all.MinBy(found => found.Seconds);
        throw new OptionsException(
            $"--days is {Number(days)}, which cannot be met with {batch} examples a step (training:batchSize × accumulate). The " +
            $"nearest: --days {Number(RoundedUp(seconds / Day))} with --gpus {nearest}.");
    }

    // The numbers of accelerators with a layout that fits, and their times; at least one.
    private IEnumerable<(int Gpus, double Seconds)> Possible(double units)
    {
        bool fits = false;
        foreach (int gpus in Numbers(1))
        {
            if (Search.Best(gpus, batch) is not { } best)
                continue;
            fits = true;
            yield return (gpus, Seconds(best, gpus, units));
        }

        if (!fits)
            throw NoLayout(cluster.GpusPerNode, Search.All(cluster.GpusPerNode, batch).TooLarge);
    }

    private ClusterPlan WithinBudget(double budget, double units)
    {
        double price = Price ?? throw new OptionsException(
            $"--budget needs a price, and cluster '{cluster.Name}' states none. Add --price with the dollars of one accelerator " +
            "for an hour.");
        (int Gpus, double Seconds, double Cost)[] all =
            [.. Possible(units).Select(found => (found.Gpus, found.Seconds, found.Gpus * found.Seconds / 3600 * price))];
        (int Gpus, double Seconds, double Cost)[] affordable = [.. all.Where(found => found.Cost <= budget)];
        if (affordable.Length > 0)
            return Of(affordable.MinBy(found => found.Seconds).Gpus, units);
        (int cheapest, double time, double cost) = all.MinBy(found => found.Cost);
        throw new OptionsException(
            $"--budget is {Number(budget)} dollars, which cannot be met. The nearest: --budget {Number(RoundedUp(cost))} with " +
            $"--gpus {cheapest}, in {Number(time / Day)} days.");
    }

    private double Seconds(RankedLayout best, int gpus, double units) =>
        units / (batch * model.UnitsPerExample) * best.Time.Total * (1 + Failures(gpus).LostShare);

    // Numbers of accelerators that layouts can divide among themselves: a divisor of the batch, of the layers, and of a node.
    private IEnumerable<int> Numbers(int least)
    {
        int[] tensors = model.Stack is { } stack
            ? [.. Divisors(cluster.GpusPerNode).Where(tensor => stack.Heads % tensor == 0)] : [1];
        int[] all = [.. (from data in Divisors(batch)
                         from pipeline in Divisors(model.Stack is null ? 1 : model.Layers)
                         from tensor in tensors
                         let gpus = (long)data * pipeline * tensor
                         where gpus <= MostGpus && (gpus % cluster.GpusPerNode == 0 || cluster.GpusPerNode % gpus == 0)
                         select (int)gpus).Distinct().Order()];
        // Neighbors differ by at least 5 %: all of them would take minutes for batches with many divisors.
        int last = 0;
        foreach (int gpus in all.Where(gpus => gpus >= least))
        {
            if (gpus < 1.05 * last)
                continue;
            yield return last = gpus;
        }
    }

    private static int[] Divisors(int number) => [.. Enumerable.Range(1, number).Where(divisor => number % divisor == 0)];

    private static string Gigabytes(double bytes) => (bytes / 1e9).ToString("N1", CultureInfo.InvariantCulture) + " GB";

    // As Number shows it, so that the shown value is enough.
    private static double RoundedUp(double value) => value < 100 ? Math.Ceiling(value * 100) / 100 : Math.Ceiling(value);

    private static string Number(double value) => value.ToString(value < 100 ? "0.##" : "0", CultureInfo.InvariantCulture);
}
