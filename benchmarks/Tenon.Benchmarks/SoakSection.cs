using System.Diagnostics;
using Spectre.Console;
using Tenon.Cli.Console;
using TorchSharp;

namespace Tenon.Benchmarks;

/// <summary>Memory over many small steps: resident memory and the number of live tensors must not grow.</summary>
internal static class SoakSection
{
    private const int Steps = 10_000, Rows = 10;

    /// <summary>Runs and shows the results.</summary>
    public static void Show(Settings settings)
    {
        int steps = settings.Steps ?? Steps;
        using IOpenDevice device = Case.Open("cpu", "fp32", settings.Threads);
        using Workload workload = Workloads.Build("soak", device);
        using Host.Training.TrainingStep step = TrainingLoops.Step(workload.Model, steps);
        Table table = Settings.Table(
            $"{steps:N0} small steps of a GPT, {settings.Threads} threads", "steps", "resident memory", "live tensors",
            "managed memory", "steps per second");
        long start = Stopwatch.GetTimestamp();
        int done = 0;
        for (int row = 0; row <= Rows; row++)
        {
            // The first row is measured after the first steps, which allocate memory that all others reuse.
            int until = row == 0 ? Math.Min(100, steps) : (int)((long)steps * row / Rows);
            for (; done < until; done++)
                step.Run(done, [workload.Batch], workload.Model.Loss);
            table.AddRow(
                $"{done:N0}", TextFormat.Bytes(Environment.WorkingSet), $"{torch.Tensor.TotalCount:N0}",
                TextFormat.Bytes(GC.GetTotalMemory(forceFullCollection: true)),
                $"{done / Stopwatch.GetElapsedTime(start).TotalSeconds:N0}");
        }

        Settings.Show(table);
    }
}
