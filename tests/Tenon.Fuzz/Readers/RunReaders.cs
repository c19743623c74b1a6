using System.Text;
using System.Text.Json.Nodes;
using Tenon.Host.Artifacts;
using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Data;
using Tenon.Host.Training.Checkpoints;
using TorchSharp;

namespace Tenon.Fuzz.Readers;

/// <summary>The files of run folders: checkpoints, records, summaries and metrics.</summary>
internal static class RunReaders
{
    private const string Tensors = "model.safetensors";

    private const string PipelineText = """
        { "layout": 1, "stages": [{ "name": "a", "state": "finished" }, { "name": "b", "state": "waiting" }] }
        """;

    private static readonly Type[] _documented = [typeof(CheckpointException)];

    /// <summary>Returns the readers.</summary>
    public static IEnumerable<Reader> In(Workplace workplace)
    {
        yield return new Reader("trainer", InputFormat.Json, _documented,
            () => [new Seed(TrainerState.FileName, Text(Trainer.Write())), .. Workplace.Files("hostile/trainer")],
            (_, content) => TrainerState.Read(Folder(workplace, TrainerState.FileName, content).Path))
        {
            Words =
            [
                "layout", "step", "seed", "batch_size", "accumulate", "state", "window", "sum", "count", "mean", "validation_loss",
                "selection", "best", "since", "loss_scale", "factor", "good", "metrics", "lines", "events", "previous", "pending",
                "seconds", "files", "versions",
            ],
        };
        yield return new Reader("checkpoint-weights", InputFormat.Safetensors, _documented,
            () => [new Seed(Tensors, Checkpointed(workplace))],
            (_, content) => Load(workplace, content))
        {
            Words = ["dtype", "shape", "data_offsets", "F32", "I64", "w", "b"],
        };
        yield return new Reader("data-record", InputFormat.Json, _documented,
            () => [new Seed("data.json",
                Text(Written(workplace, folder => new DataRecord("ab12", "seed 1", 90, 10).Write(folder), folder => folder.Data)))],
            (_, content) => DataRecord.Read(Folder(workplace, "data.json", content)))
        {
            Words = ["content", "splitBy", "training", "validation"],
        };
        yield return new Reader("summary", InputFormat.Json, _documented,
            () => [new Seed("summary.json", Text(Written(workplace, Summary.Write, folder => folder.Summary)))],
            (_, content) => RunSummary.Read(Folder(workplace, "summary.json", content)))
        {
            Words =
            [
                "steps", "loss", "validationLoss", "perplexity", "accuracy", "best", "stopped", "time", "unitsPerSecond", "unit",
                "dataWaitShare", "NaN",
            ],
        };
        yield return new Reader("metrics", InputFormat.JsonLines, _documented,
            () => [new Seed("metrics.jsonl", Text("{\"step\":1,\"train/loss\":5.5,\"time\":0.5}\n{\"step\":2,\"train/loss\":\"NaN\"}\n"))],
            (_, content) => MetricsLog.ReadAll(Folder(workplace, "metrics.jsonl", content).Metrics))
        {
            Words = ["step", "train/loss", "NaN", "time", "best/"],
        };
        yield return new Reader("pipeline-folder", InputFormat.Json, _documented,
            () => [new Seed("pipeline.json", Text(PipelineText)),
                .. Workplace.Files("hostile/pipeline-json")],
            (_, content) => ReadPipeline(workplace, content))
        {
            Words = ["layout", "stages", "name", "state", "finished", "running", "waiting", ".."],
        };
    }

    private static TrainerState Trainer { get; } = new()
    {
        Layout = TrainerState.CurrentLayout,
        Step = 10,
        Seed = 3,
        BatchSize = 8,
        Accumulate = 2,
        State = new JsonObject { ["kl_coefficient"] = 0.1 },
        Window = new LossWindow(12.5, 5),
        ValidationLoss = 2.5,
        Metrics = new MetricsPosition(120, 80),
        Seconds = 1.5,
        Files = new(StringComparer.Ordinal) { [Tensors] = new string('a', 64) },
        Versions = new(StringComparer.Ordinal) { ["tenon"] = "1.0.0" },
    };

    private static RunSummary Summary { get; } = new()
    {
        Steps = 10,
        Loss = 2.5,
        ValidationLoss = double.NaN,
        Time = TimeSpan.FromSeconds(3),
        UnitsPerSecond = 100,
        Unit = "tokens",
        DataWaitShare = 0.1,
    };

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static RunFolder Folder(Workplace workplace, string name, byte[] content)
    {
        string folder = workplace.Folder("run");
        Workplace.Write(folder, name, content);
        return RunFolder.Open(folder);
    }

    private static string Written(Workplace workplace, Action<RunFolder> write, Func<RunFolder, string> file)
    {
        RunFolder folder = RunFolder.Open(workplace.Folder("written-run"));
        write(folder);
        return File.ReadAllText(file(folder));
    }

    private static void ReadPipeline(Workplace workplace, byte[] content)
    {
        string folder = workplace.Folder("pipeline");
        Workplace.Write(folder, "pipeline.json", content);
        PipelineFolder.Open(folder);
        _ = PipelineFolder.Error(folder);
    }

    private static Dictionary<string, IReadOnlyDictionary<string, torch.Tensor>> Live() => new()
    {
        [Tensors] = new Dictionary<string, torch.Tensor> { ["w"] = torch.ones(2, 3), ["b"] = torch.arange(4) },
    };

    private static byte[] Checkpointed(Workplace workplace)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        RunFolder run = RunFolder.Open(workplace.Folder("checkpointed-run"));
        Checkpoint.Save(run, Trainer, Live(), keep: 1);
        return File.ReadAllBytes(Path.Combine(CheckpointFolders.All(run)[^1].Folder, Tensors));
    }

    // Without hashes, as in checkpoints of versions that did not record them: otherwise every change is refused before it is read.
    private static void Load(Workplace workplace, byte[] content)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        string folder = workplace.Folder("checkpoint");
        Workplace.Write(folder, Tensors, content);
        new Checkpoint(folder, Trainer with { Files = null }).Load(Live());
    }
}
