using Spectre.Console;
using Tenon.Cli.Console;

namespace Tenon.Benchmarks;

/// <summary>
/// Memory and handles over many small steps and many generated texts: resident memory, live tensors and open files must not grow.
/// </summary>
internal static class SoakSection
{
    private const int Rounds = 20_000, Rows = 10;

    /// <summary>Runs and shows the results.</summary>
    public static void Show(Settings settings)
    {
        int rounds = settings.Steps ?? Rounds;
        Show($"{rounds:N0} small steps of a GPT, {settings.Threads} threads", "steps", Soak.Steps(rounds, Rows, settings.Threads));
        Show($"{rounds:N0} texts of a GPT, {settings.Threads} threads", "texts", Soak.Generations(rounds, Rows, settings.Threads));
    }

    private static void Show(string title, string rounds, IEnumerable<SoakRow> rows)
    {
        Table table = Settings.Table(
            title, rounds, "resident memory", "live tensors", "managed memory", "open handles", $"{rounds} per second");
        foreach (SoakRow row in rows)
        {
            table.AddRow(
                $"{row.Done:N0}", TextFormat.Bytes(row.ResidentBytes), $"{row.Tensors:N0}", TextFormat.Bytes(row.ManagedBytes),
                $"{row.Handles:N0}", $"{row.PerSecond:N0}");
        }

        Settings.Show(table);
    }
}
