using System.CommandLine;
using System.Globalization;
using Tenon.Fuzz.Crashes;
using Tenon.Fuzz.Running;

namespace Tenon.Fuzz;

/// <summary>The command line.</summary>
internal static class FuzzCommand
{
    private const int Failed = 1;
    private const long DefaultCount = 2000;
    private const int DefaultDisks = 40;
    private const string DefaultFolder = "artifacts/fuzz";

    /// <summary>Creates the command.</summary>
    /// <param name="output">Receives results.</param>
    public static RootCommand Create(TextWriter output)
    {
        var names = new Option<string[]>("--reader")
        {
            Description = "Readers to feed (repeatable). Default: all.",
            AllowMultipleArgumentsPerToken = true,
        };
        var count = new Option<long>("--count") { Description = "Inputs for each reader.", DefaultValueFactory = _ => DefaultCount };
        var total = new Option<long?>("--total") { Description = "Inputs for all readers together, instead of --count." };
        var number = new Option<ulong>("--seed") { Description = "Number of the sequence of inputs.", DefaultValueFactory = _ => 1 };
        var workers = new Option<int>("--workers")
        {
            Description = "Processes at the same time.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        var folder = new Option<string>("--folder")
        {
            Description = "Folder for failing inputs and for the progress, from which an interrupted command resumes.",
            DefaultValueFactory = _ => DefaultFolder,
        };
        var command = new RootCommand("Feeds mutated files and requests to every reader, and keeps those that make it fail.")
        {
            names, count, total, number, workers, folder, List(output), Replay(output), Crash(output),
        };
        command.SetAction((result, stop) => Task.Run(() =>
        {
            using var workplace = new Workplace();
            IReadOnlyList<Reader> readers = Choose(workplace, result.GetValue(names) ?? []);
            long each = result.GetValue(total) is { } all ? (all + readers.Count - 1) / readers.Count : result.GetValue(count);
            IReadOnlyList<ReaderResult> results = new Campaign(new CampaignOptions
            {
                Readers = readers,
                Count = each,
                Number = result.GetValue(number),
                Workers = result.GetValue(workers),
                Folder = Path.GetFullPath(result.GetRequiredValue(folder)),
            }).Run(output.WriteLine, stop);
            Show(output, results);
            return results.Any(reader => reader.Failures.Count > 0) ? Failed : 0;
        }, stop));
        return command;
    }

    /// <summary>Returns the readers with the given names; without names, those that do not fail on purpose.</summary>
    public static IReadOnlyList<Reader> Choose(Workplace workplace, IReadOnlyList<string> names)
    {
        IReadOnlyList<Reader> all = AllReaders.In(workplace);
        return names.Count == 0 ? [.. all.Where(reader => !reader.IsBroken)] : [.. names.Select(name =>
            all.FirstOrDefault(reader => reader.Name == name) ?? throw new ArgumentException(
                $"Unknown reader '{name}'.{NearestName.Question(name, [.. all.Select(reader => reader.Name)])}", nameof(names)))];
    }

    /// <summary>Shows results as a table.</summary>
    public static void Show(TextWriter output, IReadOnlyList<ReaderResult> results)
    {
        output.WriteLine($"{"reader",-24}{"inputs",10}{"refused",10}{"mean",10}{"slowest",10}{"failures",10}");
        foreach (ReaderResult result in results)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{result.Reader.Name,-24}{result.Inputs,10:N0}{(double)result.Refused / Math.Max(1, result.Inputs),10:P0}" +
                $"{1000 * result.Seconds / Math.Max(1, result.Inputs),7:N1} ms{result.SlowestSeconds,8:N2} s{result.Failures.Count,10}"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{results.Sum(result => result.Inputs):N0} inputs, {results.Sum(result => result.Failures.Count)} failures, " +
            $"{results.Sum(result => result.Seconds):N0} s of the processor"));
    }

    private static Command List(TextWriter output)
    {
        var command = new Command("list", "Lists the readers, with the exceptions by which they refuse inputs.");
        command.SetAction(_ =>
        {
            using var workplace = new Workplace();
            foreach (Reader reader in Choose(workplace, []))
            {
                string documented = string.Join(", ", reader.Documented.Select(type => type.Name).DefaultIfEmpty("none"));
                output.WriteLine($"{reader.Name,-24}{documented}");
            }

            return 0;
        });
        return command;
    }

    private static Command Replay(TextWriter output)
    {
        var folder = new Argument<string>("folder")
        {
            Description = $"A folder with failing inputs. Default: {DefaultFolder}.",
            DefaultValueFactory = _ => DefaultFolder,
        };
        var command = new Command("replay", "Reads kept inputs again.") { folder };
        command.SetAction(result =>
        {
            using var workplace = new Workplace();
            IReadOnlyList<(string File, Failure Failure)> failures =
                Kept.Replay(Choose(workplace, []), Path.GetFullPath(result.GetRequiredValue(folder)), out int read);
            foreach ((string file, Failure failure) in failures)
                output.WriteLine($"{file}: {failure.Kind}: {failure.Detail}");
            output.WriteLine($"{read} inputs, {failures.Count} failures");
            return failures.Count > 0 ? Failed : 0;
        });
        return command;
    }

    private static Command Crash(TextWriter output)
    {
        var count = new Option<int?>("--count")
        {
            Description = "Points at which a run crashes, and sizes of full disks. Default: every file operation, and 40 disks.",
        };
        var from = new Option<int>("--from")
        {
            Description = "Number of the first point, to continue after an interruption.",
            DefaultValueFactory = _ => 1,
        };
        var command = new Command("crash", "Crashes a short run at its file operations, fills its disk, resumes it, and compares the result.")
        {
            count, from,
        };
        command.SetAction((result, stop) => Task.Run(() =>
        {
            if (!TracedRun.IsAvailable)
            {
                output.WriteLine($"{TracedRun.Strace} is missing. Install strace, which injects the errors.");
                return Failed;
            }

            using var campaign = new CrashCampaign();
            IReadOnlyList<CrashPoint> points = campaign.Points();
            if (result.GetValue(count) is { } limit)
                points = CrashCampaign.Choose(points, limit);
            int faults = 0;
            foreach ((int index, CrashPoint point) in points.Index().Skip(result.GetValue(from) - 1))
            {
                stop.ThrowIfCancellationRequested();
                string? fault = campaign.Crash(point);
                faults += fault is null ? 0 : 1;
                output.WriteLine($"{index + 1} of {points.Count}: {fault ?? point.ToString()}");
            }

            IReadOnlyList<long> disks = SmallDisk.IsAvailable ? campaign.Disks(result.GetValue(count) ?? DefaultDisks) : [];
            foreach (long bytes in disks)
            {
                stop.ThrowIfCancellationRequested();
                string? fault = campaign.Fill(bytes);
                faults += fault is null ? 0 : 1;
                output.WriteLine(fault ?? $"a disk of {bytes} bytes");
            }

            output.WriteLine($"{points.Count} crashes, {disks.Count} full disks, {faults} faults");
            return faults > 0 ? Failed : 0;
        }, stop));
        return command;
    }
}
