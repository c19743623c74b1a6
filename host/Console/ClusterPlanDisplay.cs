using System.Globalization;
using Spectre.Console;
using Tenon.Host.Planning;
using Tenon.Host.Planning.Simulation;
using Layout = Tenon.Host.Planning.Layout;

namespace Tenon.Cli.Console;

/// <summary>Shows a plan of a cluster.</summary>
/// <param name="console">Where to write.</param>
internal sealed class ClusterPlanDisplay(IAnsiConsole console)
{
    private const int MostLayouts = 8;
    private const int MostTooLarge = 4;
    private const double Day = 86_400;

    /// <summary>Writes a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="simulated">The simulated step of its best layout.</param>
    public void Show(ClusterPlan plan, SimulationResult simulated)
    {
        Summary(plan);
        Layouts(plan);
        Best(plan, simulated);
        if (plan.TooLarge.Count > 0)
            TooLarge(plan);
        Notes(plan);
    }

    /// <summary>Formats bytes of hardware with decimal prefixes, as data sheets do.</summary>
    /// <param name="bytes">Bytes.</param>
    public static string Bytes(double bytes) => bytes switch
    {
        >= 1e12 => Text(bytes / 1e12, "0.##") + " TB",
        >= 1e9 => Text(bytes / 1e9, "0.#") + " GB",
        >= 1e6 => Text(bytes / 1e6, "0.#") + " MB",
        _ => Text(bytes / 1e3, "0.#") + " KB",
    };

    /// <summary>Formats a large number with a word: <c>300 billion</c>.</summary>
    /// <param name="value">A positive number.</param>
    public static string Large(double value) => value switch
    {
        >= 1e12 => Text(value / 1e12, "0.##") + " trillion",
        >= 1e9 => Text(value / 1e9, "0.##") + " billion",
        >= 1e6 => Text(value / 1e6, "0.##") + " million",
        _ => Text(value, "N0"),
    };

    /// <summary>Describes a layout in the letters of Narayanan et al. (2021).</summary>
    /// <param name="layout">The layout.</param>
    public static string Name(Layout layout) =>
        $"d={layout.Data} t={layout.Tensor} p={layout.Pipeline} b={layout.MicroBatch}" +
        (layout.Chunks > 1 ? $" v={layout.Chunks}" : "") + (layout.Zero > 0 ? $" ZeRO-{layout.Zero}" : "") +
        (layout.SequenceParallel ? " sequence" : "") + layout.Recomputation switch
        {
            Recomputation.Full => " recompute",
            Recomputation.Selective => " selective",
            _ => "",
        };

    private void Summary(ClusterPlan plan)
    {
        Table table = Terminal.Figures().Title(PrintableText.Escape($"{plan.Model.Name} on {plan.Gpus:N0} {plan.Cluster.Gpu}"));
        table.AddTexts("parameters", plan.Model.Parameters.ToString("N0", CultureInfo.InvariantCulture));
        table.AddTexts($"{plan.Model.Unit}s", Large(plan.Units));
        table.AddTexts("operations", plan.Flop.ToString("0.###E+0", CultureInfo.InvariantCulture));
        table.AddTexts($"steps of {plan.Batch:N0} examples", Text(plan.Steps, "N0"));
        table.AddTexts("time of a step", Seconds(plan.Layouts[0].Time.Total));
        foreach (MeasuredPause pause in plan.Measured?.Pauses ?? [])
            table.AddTexts($"{pause.Work}, every {pause.Every:N0} steps", $"{Seconds(pause.Seconds)} each");
        table.AddTexts("time without failures", Duration(plan.Seconds));
        table.AddTexts("time with checkpoints and failures", Duration(plan.SecondsWithFailures));
        table.AddTexts("GPU hours", Text(plan.GpuHours, plan.GpuHours < 100 ? "0.##" : "N0"));
        if (plan.Cost is { } cost)
            table.AddTexts("cost", $"${Text(cost, cost < 100 ? "0.00" : "N0")}");
        if (plan.KilowattHours is { } energy)
            table.AddTexts("energy of the GPUs", $"{Text(energy, energy < 100 ? "0.##" : "N0")} kWh");
        if (plan.Measured?.PeakBytes is { } peak)
            table.AddTexts("peak memory of the process", Bytes(peak));
        table.AddTexts("checkpoint", $"{Bytes(plan.Failures.CheckpointBytes)}, {Seconds(plan.Failures.CheckpointSeconds)}");
        table.AddTexts("mean time between failures", Duration(plan.Failures.HoursBetweenFailures * 3600));
        table.AddTexts("best time between checkpoints", Duration(plan.Failures.Period));
        table.AddTexts("lost to checkpoints and failures", TextFormat.Share(plan.Failures.LostShare));
        console.WriteTable(table);
    }

    private void Layouts(ClusterPlan plan)
    {
        Table table = Terminal.Table("layout", "step", "MFU", "TFLOP/s", "memory", "as papers", "across nodes", "not run by Tenon")
            .Title("layouts that fit, fastest first");
        foreach (RankedLayout layout in plan.Layouts.Take(MostLayouts))
        {
            table.AddTexts(
                Name(layout.Layout), Seconds(layout.Time.Total), TextFormat.Share(layout.Utilization),
                Text(layout.FlopPerSecond / 1e12, layout.FlopPerSecond < 1e12 ? "0.###" : "0.#"),
                Bytes(layout.Memory.Total), Bytes(layout.PapersMemory.Total),
                string.Join(", ", layout.Crosses), string.Join(", ", layout.NotRun));
        }

        console.WriteTable(table);
        if (plan.Layouts.Count > MostLayouts)
            console.Text().WriteLine($"{plan.Layouts.Count - MostLayouts} more divisions into data, tensor and pipeline ranks fit.");
    }

    private void Best(ClusterPlan plan, SimulationResult simulated)
    {
        RankedLayout best = plan.Layouts[0];
        StepTime time = best.Time;
        Table step = Terminal.Table("part of a step", "time", "share").Title("the fastest layout");
        foreach ((string part, double seconds) in new[]
            {
                ("forward and backward", time.Compute), ("recomputation", time.Recompute), ("pipeline bubble", time.Bubble),
                ("tensor communication", time.TensorCommunication), ("pipeline communication", time.PipelineCommunication),
                ("data communication", time.DataCommunication), ("update", time.Optimizer),
            }.Where(part => part.Item2 > 0))
            step.AddTexts(part, Seconds(seconds), TextFormat.Share(seconds / time.Total));
        step.AddTexts("simulated, without the update", Seconds(simulated.Seconds), TextFormat.Share(simulated.Seconds / time.Total));
        console.WriteTable(step);

        Table memory = Terminal.Table("memory of a GPU", "as counted", "as papers count");
        Row("weights", parts => parts.Weights);
        Row("gradients", parts => parts.Gradients);
        Row("optimizer state", parts => parts.Optimizer);
        Row("activations", parts => parts.Activations);
        Row("total", parts => parts.Total);
        console.WriteTable(memory);

        void Row(string part, Func<MemoryParts, double> bytes) =>
            memory.AddTexts(part, Bytes(bytes(best.Memory)), Bytes(bytes(best.PapersMemory)));
    }

    private void TooLarge(ClusterPlan plan)
    {
        Table table = Terminal.Table("layout", "step", "memory", "too much", "largest part").Title("layouts that do not fit");
        foreach (RankedLayout layout in plan.TooLarge.Take(MostTooLarge))
        {
            table.AddTexts(
                Name(layout.Layout), Seconds(layout.Time.Total), Bytes(layout.Memory.Total),
                Bytes(layout.Memory.Total - plan.UsableMemory), layout.Memory.Largest);
        }

        console.WriteTable(table);
    }

    private void Notes(ClusterPlan plan)
    {
        TextWriter text = console.Text();
        string peak = Text(plan.Cluster.Peaks[plan.Precision] / 1e12, "0.###");
        text.WriteLine("d: replicas, t: GPUs that share each layer, p: pipeline stages, b: micro-batch, v: chunks of a stage.");
        text.WriteLine(plan.Assumptions.Efficiency is { } efficiency
            ? $"{(plan.Measured is null ? "Assumed" : "Measured")}: computation reaches {TextFormat.Share(efficiency)} of {peak} TFLOP/s " +
                $"({plan.Precision})."
            : $"Assumed: matrix products reach {TextFormat.Share(plan.Cluster.MatmulShare)} of {peak} TFLOP/s ({plan.Precision}), " +
                $"other operations {TextFormat.Share(plan.Assumptions.MemoryShare)} of the memory's bandwidth, and communication " +
                $"{TextFormat.Share(plan.Assumptions.LinkShare)} of the links'; nothing overlaps.");
        if (plan is { PricePerHour: { } price })
        {
            string origin = price == plan.Cluster.PricePerHour ? $" ({plan.Cluster.PriceSource})" : "";
            text.WriteLine($"Price: ${price:0.##} per GPU hour{origin}.");
        }

        foreach (string source in plan.Cluster.Sources)
            text.WriteLine($"Cluster {plan.Cluster.Name}: {source}.");
    }

    /// <summary>Formats seconds of a step.</summary>
    /// <param name="seconds">Seconds.</param>
    internal static string Seconds(double seconds) => seconds switch
    {
        >= 100 => Text(seconds, "N0") + " s",
        >= 1 => Text(seconds, "0.##") + " s",
        >= 1e-3 => Text(seconds * 1e3, "0.##") + " ms",
        _ => Text(seconds * 1e6, "0.#") + " µs",
    };

    private static string Duration(double seconds) =>
        seconds >= 100 * Day ? $"{Text(seconds / Day, "N0")} days" : TextFormat.Time(TimeSpan.FromSeconds(seconds));

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
