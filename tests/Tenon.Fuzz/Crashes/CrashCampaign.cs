using System.Text.Json.Nodes;
using Tenon.Host.Artifacts;

namespace Tenon.Fuzz.Crashes;

/// <summary>
/// Crashes a short run at its file operations, or lets it fill its disk, and resumes it. Nothing torn may be taken for good, every failure
/// must be reported, and the resumed run must end like an undisturbed one, bit for bit.
/// </summary>
internal sealed class CrashCampaign : IDisposable
{
    private const string Whole = "whole";
    private const string Crashed = "crashed";
    private const string Filled = "filled";
    private const string Disk = "disk";
    private const long Spacious = 1 << 26;
    private const int Steps = 12;
    private const int Killed = 137;
    private const int Refused = 4;
    private const int MostAttempts = 3;
    private static readonly string[] _errors = ["EIO", "ENOSPC"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-crash-");
    private readonly TracedRun _program;

    /// <summary>Writes the text and the recipes.</summary>
    public CrashCampaign()
    {
        _program = new TracedRun(_folder.FullName);
        File.WriteAllText(At("text.txt"),
            string.Concat(Enumerable.Range(0, 400).Select(i => $"the cat number {i * 7919 % 1000} sees the dog.\n")));
        foreach (string name in new[] { Whole, Crashed, Filled })
            File.WriteAllText(At($"{name}.json"), Recipe(name));
    }

    /// <summary>Runs undisturbed, and returns the points at which it can crash.</summary>
    /// <exception cref="InvalidOperationException">The run failed.</exception>
    public IReadOnlyList<CrashPoint> Points()
    {
        Expect(_program.Run("", "run", At($"{Whole}.json")));
        return [.. _program.Calls().SelectMany(call => new[] { new CrashPoint(call.Call, call.Number, null) }
            .Concat(call.IsOfRun ? _errors.Select(error => new CrashPoint(call.Call, call.Number, error)) : []))];
    }

    /// <summary>Chooses points that are spread over a run, equally many of each kind.</summary>
    /// <param name="points">All points.</param>
    /// <param name="count">How many.</param>
    public static IReadOnlyList<CrashPoint> Choose(IReadOnlyList<CrashPoint> points, int count)
    {
        var random = new SeededRandom(1);
        CrashPoint[][] kinds = [.. points.GroupBy(point => (point.Call, point.Error is null))
            .OrderBy(kind => kind.Key.ToString(), StringComparer.Ordinal)
            .Select(kind =>
            {
                CrashPoint[] shuffled = [.. kind];
                random.Shuffle<CrashPoint>(shuffled);
                return shuffled;
            })];
        return [.. Enumerable.Range(0,
            points.Count).SelectMany(round => kinds.Where(kind => round < kind.Length).Select(kind => kind[round]))
            .Take(count)];
    }

    /// <summary>Crashes the run at a point and resumes it.</summary>
    /// <param name="point">The point.</param>
    /// <returns>What went wrong, in words; null if nothing did.</returns>
    public string? Crash(CrashPoint point)
    {
        Delete(Run(Crashed));
        ProgramEnd crash = _program.Run(point.Injection, "run", At($"{Crashed}.json"));
        return Fault(point.ToString(), Unreported(point, crash), crash, Crashed);
    }

    /// <summary>Returns sizes of disks that become full at different moments of a run, after <see cref="Points"/>.</summary>
    /// <param name="count">How many.</param>
    public IReadOnlyList<long> Disks(int count)
    {
        long bytes = new DirectoryInfo(Run(Whole)).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        return [.. Enumerable.Range(1, count).Select(part => bytes * part / (count + 1))];
    }

    /// <summary>Runs on a disk that becomes full, then makes room and resumes the run. Requires <see cref="Points"/>.</summary>
    /// <param name="bytes">The size of the disk.</param>
    /// <returns>What went wrong, in words; null if nothing did.</returns>
    public string? Fill(long bytes)
    {
        using var disk = new SmallDisk(At(Disk), bytes);
        ProgramEnd full = _program.Run(null, "run", At($"{Filled}.json"));
        disk.Grow(Spacious);
        return Fault($"a disk of {bytes} bytes", full.ExitCode is 0 or Refused ? Trace(full) : $"exit code {full.ExitCode}", full, Filled);
    }

    /// <summary>Deletes everything.</summary>
    public void Dispose() => _folder.Delete(recursive: true);

    private string At(string name) => Path.Combine(_folder.FullName, name);

    private string Run(string name) => Path.Combine(_folder.FullName, name == Filled ? Disk : "runs", name);

    private string? Fault(string crashed, string? unreported, ProgramEnd crash, string name)
    {
        if (unreported is not null)
            return $"{crashed}: {unreported}\n{crash.Text}";
        ProgramEnd end = crash;
        for (int attempt = 0; attempt < MostAttempts && !(attempt > 0 && end.ExitCode == 0); attempt++)
            end = _program.Run(null, Continue(name));
        if (end.ExitCode != 0)
            return $"{crashed}: it cannot be resumed (exit code {end.ExitCode}):\n{crash.Text}\n{end.Text}";
        return Difference(name) is { } difference ? $"{crashed}: {difference}\n{crash.Text}\n{end.Text}" : null;
    }

    // A call that is not necessary may fail without a report, as long as the result is right.
    private static string? Unreported(CrashPoint point, ProgramEnd end)
    {
        if (point.Error is null && end.ExitCode is not (0 or Killed))
            return $"exit code {end.ExitCode} instead of a kill";
        return end.ExitCode is 0 or Killed or Refused ? Trace(end) : $"exit code {end.ExitCode}";
    }

    private static string? Trace(ProgramEnd end) =>
        end.Text.Contains("Unexpected failure", StringComparison.Ordinal) || end.Text.Contains("   at ", StringComparison.Ordinal)
            ? "a stack trace" : null;

    private string[] Continue(string name)
    {
        string run = Run(name);
        if (!File.Exists(Path.Combine(run, "recipe.json")))
        {
            Delete(run);
            return ["run", At($"{name}.json")];
        }

        return CheckpointFolders.All(RunFolder.Open(run)).Any() ? ["resume", run] : ["resume", run, "--restart"];
    }

    private string? Difference(string name)
    {
        string last = CheckpointFolders.Of(RunFolder.Open(Run(Whole)), Steps)[Run(Whole).Length..];
        string[] files = ["/model.safetensors", "/config.json",
            .. new[] { "model", "optimizer", "ema" }.Select(name => $"{last}/{name}.safetensors")];
        foreach (string file in files)
        {
            if (!File.ReadAllBytes(Run(Whole) + file).AsSpan().SequenceEqual(File.ReadAllBytes(Run(name) + file)))
                return $"{file} differs from that of an undisturbed run";
        }

        if (!Metrics(Whole).SequenceEqual(Metrics(name)))
            return "metrics.jsonl differs from that of an undisturbed run";
        if (!File.Exists(RunFolder.Open(Run(name)).Summary))
            return "summary.json is missing";
        return Directory.EnumerateFileSystemEntries(Run(name), "*.partial", SearchOption.AllDirectories).FirstOrDefault() is { } left
            ? $"{left} is left" : null;
    }

    private string[] Metrics(string name) => [.. File.ReadLines(RunFolder.Open(Run(name)).Metrics).Select(line =>
        string.Join(' ', JsonNode.Parse(line)!.AsObject().Where(figure => !figure.Key.StartsWith("time/", StringComparison.Ordinal))
            .Select(figure => $"{figure.Key}={figure.Value}")))];

    private static void Expect(ProgramEnd end)
    {
        if (end.ExitCode != 0)
            throw new InvalidOperationException($"The undisturbed run failed: {end.Text}");
    }

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private static string Recipe(string name) => $$"""
        {
          "name": "{{name}}", "output": "{{(name == Filled ? Disk : "runs")}}", "device": { "use": "cpu", "threads": 1 },
          "data": { "use": "text-files", "files": ["text.txt"], "documents": "line" }, "tokenizer": { "use": "bytes" },
          "model": { "use": "gpt", "layers": 1, "hiddenSize": 16, "heads": 2, "contextLength": 16 }, "strategy": { "use": "pretrain" },
          "training": { "steps": {{Steps}}, "batchSize": 2, "learningRate": 3e-3, "ema": 0.9, "logEvery": 2 },
          "validation": { "every": 6, "batches": 2 }, "checkpoints": { "every": 4, "keep": 2 }, "samples": { "prompts": ["the "],
          "maxNewTokens": 4 }
        }
        """;
}
