using System.Diagnostics;
using System.Text.Json.Nodes;
using Tenon.Safetensors;

namespace Tenon.Benchmarks;

/// <summary>The figures of one run.</summary>
/// <param name="TokensPerSecond">Median over the steps after the first ones.</param>
/// <param name="CommunicationShare">Share of a step in communication; 0 for one process.</param>
/// <param name="SentBytes">Bytes that a process sends in a step; 0 for one process.</param>
/// <param name="Parameters">Parameters of the model.</param>
/// <param name="PeakMemory">Peak of the resident memory, in bytes, of a process that writes no checkpoints, if there are several.</param>
/// <param name="Bubble">Share of its passes in which the first stage of a pipeline waits; 0 without one.</param>
internal sealed record ParallelRun(
    double TokensPerSecond, double CommunicationShare, double SentBytes, long Parameters, long PeakMemory, double Bubble);

/// <summary>Runs of the program as one or several processes, in a folder that is deleted at the end.</summary>
/// <param name="steps">Steps of each run after those that warm up.</param>
/// <param name="threads">Threads of all processes of a run together.</param>
internal sealed class ParallelRuns(int steps, int threads) : IDisposable
{
    private const int WarmUp = 5;
    private const int BatchSize = 16;
    private const int Context = 128;

    private static readonly string _program = Path.Combine(AppContext.BaseDirectory, "tenon.dll");

    private readonly string _folder = Directory.CreateTempSubdirectory("tenon-benchmark-").FullName;

    /// <summary>Sizes by name.</summary>
    public static IReadOnlyList<(string Name, string Model)> Models { get; } =
    [
        ("small", """{ "use": "gpt", "layers": 4, "hiddenSize": 256, "heads": 4, "contextLength": 128 }"""),
        ("medium", """{ "use": "gpt", "layers": 6, "hiddenSize": 384, "heads": 6, "contextLength": 128 }"""),
    ];

    /// <summary>Trains a model and returns the figures of the run.</summary>
    /// <param name="model">The recipe's section.</param>
    /// <param name="ranks">Number of processes.</param>
    /// <param name="zero">Stage of ZeRO.</param>
    /// <param name="pipeline">Stages of a pipeline.</param>
    /// <param name="accumulate">Micro-batches of a step.</param>
    public ParallelRun Run(string model, int ranks, int zero = 0, int pipeline = 1, int accumulate = 1)
    {
        string recipe = Path.Combine(_folder, "run.json");
        File.WriteAllText(
            Path.Combine(_folder, "text.txt"),
            string.Concat(Enumerable.Range(0, 60_000).Select(i => $"line {i} of the text that is trained on\n")));
        File.WriteAllText(recipe, $$"""
            {
              "name": "run", "output": "{{_folder}}/runs", "device": { "use": "cpu", "threads": {{Math.Max(1, threads / ranks)}} },
              "data": { "use": "text-files", "files": ["text.txt"] }, "tokenizer": { "use": "bytes" }, "model": {{model}},
              "strategy": { "use": "pretrain" },
              "training": { "steps": {{WarmUp + 1 + steps}}, "batchSize": {{BatchSize}}, "accumulate": {{accumulate}}, "logEvery": 1 },
              "validation": { "share": 0 }, "checkpoints": { "every": 0, "minutes": 0, "keep": 1 }
              {{(ranks > 1 ? $", \"parallel\": {{ \"use\": \"mpi\", \"zero\": {zero}, \"pipeline\": {pipeline} }}" : "")}}
            }
            """);
        double peak = 0;
        using (Process process = Process.Start(OpenMpi.Job(ranks, "dotnet", _program, "run", recipe))!)
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            while (!process.WaitForExit(TimeSpan.FromMilliseconds(100)))
                peak = Math.Max(peak, PeakOf(ranks == 1 ? process.Id : LastOf(process.Id, ranks)));
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"The run ended with exit code {process.ExitCode}: {output.Result}");
        }

        ParallelRun figures = Read(Path.Combine(_folder, "runs", "run"), BatchSize * Context * accumulate) with
        {
            PeakMemory = (long)(peak * 1024),
        };
        Directory.Delete(Path.Combine(_folder, "runs"), recursive: true);
        return figures;
    }

    /// <summary>Deletes the folder.</summary>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // The launcher starts the ranks in their order. 0 if some have not started, or have ended.
    private static int LastOf(int launcher, int ranks)
    {
        string children = $"/proc/{launcher}/task/{launcher}/children";
        int[] found = File.Exists(children)
            ? [.. File.ReadAllText(children).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)] : [];
        return found.Length == ranks ? found[^1] : 0;
    }

    private static double PeakOf(int process) =>
        File.Exists($"/proc/{process}/status") ? ProcessStatus.KiB(process, ProcessStatus.PeakResident) ?? 0 : 0;

    private static ParallelRun Read(string run, int tokens)
    {
        JsonNode[] lines = [.. File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(line => JsonNode.Parse(line)!)
            .Where(line => line["step"]!.GetValue<long>() > WarmUp && line["train/loss"] is not null)];
        using SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(run, "model.safetensors"));
        long parameters = weights.Tensors.Values.Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size));
        double[] seconds = [.. lines.Zip(lines.Skip(1), (before, after) => Value(after, "time/seconds") - Value(before, "time/seconds"))];
        double step = CaseResult.Middle([.. seconds]);
        return new ParallelRun(
            tokens / step, CaseResult.Middle([.. lines.Select(line => Value(line, "time/communication_seconds"))]) / step,
            CaseResult.Middle([.. lines.Select(line => Value(line, "train/communication_bytes"))]), parameters, PeakMemory: 0,
            CaseResult.Middle([.. lines.Select(line => Value(line, "time/bubble_share"))]));

        static double Value(JsonNode line, string name) => line[name]?.GetValue<double>() ?? 0;
    }
}
