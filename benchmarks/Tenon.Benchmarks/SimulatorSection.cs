using System.Globalization;
using Spectre.Console;
using Tenon.Benchmarks.Stages;
using Tenon.Host.Planning.Simulation;

namespace Tenon.Benchmarks;

/// <summary>
/// Steps of two processes with one thread each, as <c>tenon plan</c> simulates them from the times of single passes and messages, and as
/// they ran: as stages of a pipeline and as replicas.
/// </summary>
internal static class SimulatorSection
{
    private const int Ranks = 2;
    private const int Steps = 5;
    private static readonly int[] _microBatches = [1, 2, 4, 8];
    private static readonly bool[] _pipelines = [true, false];

    /// <summary>Measures and shows the results.</summary>
    public static void Show(Settings settings)
    {
        if (!OpenMpi.IsInstalled)
        {
            Console.Error.WriteLine($"'simulator' needs Open MPI (openmpi-bin): there is no {OpenMpi.Launcher}.");
            return;
        }

        Table table = Settings.Table(
            $"a step of {Ranks} processes with one thread each, medians of {settings.Rounds}", "model", "processes", "micro-batches",
            "simulated, ms", "measured, ms", "ratio", "waiting, simulated", "waiting, measured");
        foreach (string shape in Workloads.Staged)
        {
            foreach (bool isPipeline in _pipelines)
            {
                StageJob[] jobs = [.. Enumerable.Range(0, settings.Rounds).Select(round => Run(shape, isPipeline, settings, round))];
                foreach ((int index, int count) in _microBatches.Index())
                    table.AddRow([Workloads.Describe(shape), isPipeline ? "stages" : "replicas", $"{count}", .. Cells(jobs, index, count)]);
            }
        }

        Settings.Show(table);
    }

    private static StageJob Run(string shape, bool isPipeline, Settings settings, int round)
    {
        StageJob job = StageJob.Run(Ranks, isPipeline, shape, settings.Steps ?? Steps, _microBatches);
        Console.Error.WriteLine($"round {round + 1} of {settings.Rounds}: {shape}, {(isPipeline ? "stages" : "replicas")} " +
            string.Join(", ", job.Ranks[0].Steps.Select(step => FormattableString.Invariant($"{1000 * step.Seconds:N0} ms"))));
        return job;
    }

    private static IEnumerable<string> Cells(StageJob[] jobs, int index, int microBatches)
    {
        (SimulationResult Simulated, double Seconds, double Waiting)[] rounds =
        [
            .. jobs.Select(job => (
                job.Simulate(microBatches), job.Ranks.Max(rank => rank.Steps[index].Seconds),
                job.Ranks.Average(rank => rank.Steps[index].Waiting))),
        ];
        yield return Middle(round => 1000 * round.Simulated.Seconds, "N0");
        yield return Middle(round => 1000 * round.Seconds, "N0");
        yield return Middle(round => round.Simulated.Seconds / round.Seconds, "F2");
        bool isPipeline = jobs[0].Stages > 1;
        yield return isPipeline ? Middle(round => 1 - round.Simulated.Busy, "P0") : "";
        yield return isPipeline ? Middle(round => round.Waiting, "P0") : "";

        string Middle(Func<(SimulationResult Simulated, double Seconds, double Waiting), double> of, string format) =>
            CaseResult.Middle([.. rounds.Select(of)]).ToString(format, CultureInfo.InvariantCulture);
    }
}
