using System.Globalization;
using Spectre.Console;
using Tenon.Cli.Console;

namespace Tenon.Benchmarks;

/// <summary>
/// Two processes with one thread each against one process with two threads: a step's time, its share in communication, the bytes
/// sent, and the memory of rank 0. More processes than cores would show nothing but waiting.
/// </summary>
internal static class ParallelSection
{
    private const string Launcher = "/usr/bin/mpirun.openmpi";
    private const int Ranks = 2;
    private const int Steps = 30;

    /// <summary>Measures and shows the results.</summary>
    public static void Show(Settings settings)
    {
        if (!File.Exists(Launcher))
        {
            Console.Error.WriteLine($"'parallel' needs Open MPI (openmpi-bin): there is no {Launcher}.");
            return;
        }

        using var runs = new ParallelRuns(Launcher, settings.Steps ?? Steps, settings.Threads);
        Table table = Settings.Table(
            $"a step of a GPT, {settings.Where}, medians of {settings.Rounds}", "model", $"{Ranks} processes, tokens/s",
            "one process, tokens/s", "ratio", "ZeRO-1, tokens/s", "in communication", "sent", "by the formula", "memory",
            "memory, ZeRO-1");
        foreach ((string name, string model) in ParallelRuns.Models)
        {
            List<(ParallelRun Own, ParallelRun Other)> rounds = PairedRounds.Measure(
                settings.Rounds, name, () => runs.Run(model, Ranks, zero: 0), () => runs.Run(model, ranks: 1, zero: 0));
            ParallelRun zero = runs.Run(model, Ranks, zero: 1);
            ParallelRun two = rounds[0].Own;
            double share = CaseResult.Middle([.. rounds.Select(round => round.Own.CommunicationShare)]);
            table.AddRow([
                $"{name}, {two.Parameters / 1e6:F1} M parameters", .. PairedRounds.Cells(rounds, run => run.TokensPerSecond, "N0"),
                $"{zero.TokensPerSecond:N0}", share.ToString("P0", CultureInfo.InvariantCulture),
                TextFormat.Bytes((long)two.SentBytes), TextFormat.Bytes((long)(8.0 * (Ranks - 1) / Ranks * two.Parameters)),
                TextFormat.Bytes(two.PeakMemory), TextFormat.Bytes(zero.PeakMemory)]);
        }

        Settings.Show(table);
    }
}
