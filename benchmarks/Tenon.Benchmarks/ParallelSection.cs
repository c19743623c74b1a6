using System.Globalization;
using Spectre.Console;
using Tenon.Cli.Console;

namespace Tenon.Benchmarks;

/// <summary>
/// Two processes with one thread each against one process with two threads: a step's time, its share in communication, the bytes
/// sent, and the memory of a process; then the same two processes as stages of a pipeline, and the time in which the first one waits. More
/// processes than cores would show nothing but waiting.
/// </summary>
internal static class ParallelSection
{
    private const int Ranks = 2;
    private const int Steps = 30;
    private const int MicroBatches = 4;

    /// <summary>Measures and shows the results.</summary>
    public static void Show(Settings settings)
    {
        if (!OpenMpi.IsInstalled)
        {
            Console.Error.WriteLine($"'parallel' needs Open MPI (openmpi-bin): there is no {OpenMpi.Launcher}.");
            return;
        }

        using var runs = new ParallelRuns(settings.Steps ?? Steps, settings.Threads);
        Table table = Settings.Table(
            $"a step of a GPT, {settings.Where}, medians of {settings.Rounds}", "model", $"{Ranks} processes, tokens/s",
            "one process, tokens/s", "ratio", "ZeRO-1, tokens/s", "in communication", "sent", "by the formula", "memory",
            "memory, ZeRO-1", "memory, ZeRO-2", "saved by the formulas");
        foreach ((string name, string model) in ParallelRuns.Models)
        {
            List<(ParallelRun Own, ParallelRun Other)> rounds = PairedRounds.Measure(
                settings.Rounds, name, () => runs.Run(model, Ranks), () => runs.Run(model, ranks: 1));
            ParallelRun zero = runs.Run(model, Ranks, zero: 1), gradients = runs.Run(model, Ranks, zero: 2);
            ParallelRun two = rounds[0].Own;
            double share = CaseResult.Middle([.. rounds.Select(round => round.Own.CommunicationShare)]);
            table.AddRow([
                $"{name}, {two.Parameters / 1e6:F1} M parameters", .. PairedRounds.Cells(rounds, run => run.TokensPerSecond, "N0"),
                $"{zero.TokensPerSecond:N0}", share.ToString("P0", CultureInfo.InvariantCulture),
                TextFormat.Bytes((long)two.SentBytes), TextFormat.Bytes((long)(8.0 * (Ranks - 1) / Ranks * two.Parameters)),
                TextFormat.Bytes(two.PeakMemory), TextFormat.Bytes(zero.PeakMemory), TextFormat.Bytes(gradients.PeakMemory),
                $"{TextFormat.Bytes((long)(8.0 * (Ranks - 1) / Ranks * two.Parameters))}, " +
                $"{TextFormat.Bytes((long)(12.0 * (Ranks - 1) / Ranks * two.Parameters))}"]);
        }

        Settings.Show(table);
        ShowPipeline(runs, settings);
    }

    // The bubble of p stages and m micro-batches is (p − 1) / (m + p − 1) (Narayanan et al. 2021, section 2.2.1).
    private static void ShowPipeline(ParallelRuns runs, Settings settings)
    {
        Table table = Settings.Table(
            $"a step of {MicroBatches} micro-batches in {Ranks} stages, {settings.Where}, medians of {settings.Rounds}", "model",
            $"{Ranks} stages, tokens/s", "one process, tokens/s", "ratio", "bubble", "by the formula", "memory", "memory, one process");
        foreach ((string name, string model) in ParallelRuns.Models)
        {
            List<(ParallelRun Own, ParallelRun Other)> rounds = PairedRounds.Measure(
                settings.Rounds, $"{name}, pipeline", () => runs.Run(model, Ranks, pipeline: Ranks, accumulate: MicroBatches),
                () => runs.Run(model, ranks: 1, accumulate: MicroBatches));
            table.AddRow([
                name, .. PairedRounds.Cells(rounds, run => run.TokensPerSecond, "N0"),
                CaseResult.Middle([.. rounds.Select(round => round.Own.Bubble)]).ToString("P0", CultureInfo.InvariantCulture),
                ((Ranks - 1.0) / (MicroBatches + Ranks - 1)).ToString("P0", CultureInfo.InvariantCulture),
                TextFormat.Bytes(rounds[0].Own.PeakMemory), TextFormat.Bytes(rounds[0].Other.PeakMemory)]);
        }

        Settings.Show(table);
    }
}
