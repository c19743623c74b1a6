using Spectre.Console;
using Tenon.Cli.Console;

namespace Tenon.Benchmarks.Serving;

/// <summary>
/// A server under load: many different requests, whose answers are compared with those of a server that generates one text at a time,
/// clients that leave, and what the server holds after many requests. The model is tiny.
/// </summary>
internal static class LoadSection
{
    private const int Requests = 5_000, Rows = 10, Clients = 32;

    // For a number of requests, clients that leave and requests while memory is measured.
    private const int LeavingShare = 5, HoldTimes = 4;

    /// <summary>Runs and shows the results.</summary>
    /// <exception cref="InvalidOperationException">An answer was wrong, or a text was still generated for nobody.</exception>
    public static void Show(Settings settings) => RunAsync(settings).GetAwaiter().GetResult();

    private static async Task RunAsync(Settings settings)
    {
        int count = settings.Steps ?? Requests;
        string folder = Directory.CreateTempSubdirectory("tenon-benchmark-").FullName;
        try
        {
            string model = LoadModel.Write(folder);
            LoadResult alone;
            await using (ServerProcess one = await Load.ServerOfOneAsync(model, settings.Threads).ConfigureAwait(false))
                alone = await Load.AskAsync(one, 0, count, Clients / 4).ConfigureAwait(false);
            Console.Error.WriteLine($"{count:N0} texts alone in {alone.Seconds:N0} s");
            List<string> wrong = [.. alone.Failed];
            await using ServerProcess server = await Load.ServerAsync(model, settings.Threads).ConfigureAwait(false);
            wrong.AddRange(await AnswersAsync(server, alone, settings).ConfigureAwait(false));
            wrong.AddRange(await LeaveAsync(server, alone, Math.Max(1, count / LeavingShare)).ConfigureAwait(false));
            wrong.AddRange(await HoldAsync(server, count * HoldTimes).ConfigureAwait(false));
            if (wrong.Count > 0)
                throw new InvalidOperationException($"{wrong.Count} answers are wrong:\n{string.Join('\n', wrong.Take(20))}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<IEnumerable<string>> AnswersAsync(ServerProcess server, LoadResult alone, Settings settings)
    {
        LoadResult result = await Load.AskAsync(server, 0, alone.Requests.Count, Clients).ConfigureAwait(false);
        IReadOnlyList<string> failed = result.Failed, different = result.Differences(alone);
        int drawn = result.DrawnOtherwise(alone);
        double[] first = [.. result.Answers.Where(answer => answer.Arrivals.Count > 1).Select(answer => answer.Arrivals[0]).Order()];
        Table table = Settings.Table(
            $"{alone.Requests.Count:N0} requests of {Clients} clients, each with its own marker, {settings.Where}",
            "failed", "with another marker", "not as alone", "drawn otherwise", "requests per second", "tokens per second",
            "first text, ms", "95%, ms");
        table.AddRow(
            $"{failed.Count}", $"{result.Mixed}", $"{different.Count}", $"{drawn}",
            $"{result.Requests.Count / result.Seconds:N0}", $"{result.Tokens / result.Seconds:N0}",
            $"{1000 * Quantile(first, 0.5):N1}", $"{1000 * Quantile(first, 0.95):N1}");
        Settings.Show(table);
        return [.. failed, .. different, .. drawn > MostDrawn(alone) ? [$"{drawn} are drawn otherwise"] : Array.Empty<string>()];
    }

    private static async Task<IEnumerable<string>> LeaveAsync(ServerProcess server, LoadResult alone, int count)
    {
        (int left, TimeSpan untilIdle) = await Load.LeaveAsync(server, count, Clients).ConfigureAwait(false);
        int after = Math.Min(100, alone.Requests.Count);
        LoadResult next = await Load.AskAsync(server, 0, after, Clients).ConfigureAwait(false);
        IReadOnlyList<string> different = next.Differences(alone);
        (int running, int waiting) = await server.TextsAsync().ConfigureAwait(false);
        Table table = Settings.Table(
            $"{count:N0} clients that leave, {Clients} at the same time", "left before the end", "still generated", "still waiting",
            "idle after, ms", $"of {after} answers after that, not as alone");
        table.AddRow($"{left:N0}", $"{running}", $"{waiting}", $"{untilIdle.TotalMilliseconds:N0}", $"{different.Count}");
        Settings.Show(table);
        return different;
    }

    private static async Task<IEnumerable<string>> HoldAsync(ServerProcess server, int count)
    {
        Table table = Settings.Table(
            $"{count:N0} requests of {Clients} clients", "requests", "resident memory (VmRSS)", "open files and connections",
            "requests per second", "wrong");
        int wrong = 0;
        await foreach (LoadRow row in Load.HoldAsync(server, count, Rows, Clients).ConfigureAwait(false))
        {
            Console.Error.WriteLine($"{row.Done:N0} requests: {TextFormat.Bytes(row.ResidentBytes)}");
            table.AddRow($"{row.Done:N0}", TextFormat.Bytes(row.ResidentBytes), $"{row.Handles}", $"{row.PerSecond:N0}", $"{row.Wrong}");
            wrong += row.Wrong;
        }

        Settings.Show(table);
        return wrong == 0 ? [] : [$"{wrong} of {count:N0} requests"];
    }

    /// <summary>Number of answers that rounding may draw otherwise: one, and one of 1,000.</summary>
    /// <param name="alone">Answers to the requests.</param>
    internal static int MostDrawn(LoadResult alone) => 1 + alone.Requests.Count / 1000;

    /// <summary>The value that a share of sorted numbers does not exceed; 0 if there are none.</summary>
    /// <param name="sorted">The numbers in ascending order.</param>
    /// <param name="share">The share, 0 … 1.</param>
    internal static double Quantile(double[] sorted, double share) =>
        sorted.Length == 0 ? 0 : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
}
