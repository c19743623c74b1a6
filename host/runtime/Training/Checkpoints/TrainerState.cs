using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Tenon.Host.Artifacts;
using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Native;

namespace Tenon.Host.Training.Checkpoints;

/// <summary>Everything in a checkpoint except tensors: <c>trainer.json</c>.</summary>
internal sealed record TrainerState
{
    /// <summary>The file's name in a checkpoint.</summary>
    public const string FileName = CheckpointFolders.TrainerFile;

    /// <summary>The layout of checkpoints that this host writes and reads.</summary>
    public const int CurrentLayout = 1;

    // A damaged file must not be mistaken for a run at step 0.
    private static readonly JsonSerializerOptions Json = StoredJson.Strict(new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    });

    /// <summary>The layout of the checkpoint.</summary>
    public required int Layout { get; init; }

    /// <summary>Completed steps.</summary>
    public required long Step { get; init; }

    /// <summary>The run's seed.</summary>
    public required long Seed { get; init; }

    /// <summary>Examples in a batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Batches in a step. Step, batch size and this number determine the position in the data.</summary>
    public required int Accumulate { get; init; }

    /// <summary>The strategy's state.</summary>
    public required JsonObject State { get; init; }

    /// <summary>Losses since the last line of metrics.</summary>
    public required LossWindow Window { get; init; }

    /// <summary>The newest validation loss, or null before the first.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>The state of the selection; null if the strategy does not select.</summary>
    public Selection? Selection { get; init; }

    /// <summary>The loss scale; null in other precisions than float16.</summary>
    public LossScale? LossScale { get; init; }

    /// <summary>Positions in the logs.</summary>
    public required MetricsPosition Metrics { get; init; }

    /// <summary>
    /// The step before those whose validation and samples are still due, because the checkpoint was written before them; null if
    /// none are.
    /// </summary>
    public long? Previous { get; init; }

    /// <summary>Metrics of the step that have not been written yet; null if <see cref="Previous"/> is null.</summary>
    public Dictionary<string, double>? Pending { get; init; }

    /// <summary>Duration of the run so far, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>
    /// SHA-256 of the checkpoint's other files in lower-case hexadecimal, by name; null in checkpoints of versions that did not record
    /// them.
    /// </summary>
    public SortedDictionary<string, string>? Files { get; init; }

    /// <summary>Versions of the software that affect results.</summary>
    public required SortedDictionary<string, string> Versions { get; init; }

    /// <summary>Serializes the state to the file's content.</summary>
    public string Write() => JsonSerializer.Serialize(this, Json) + "\n";

    /// <summary>Reads a checkpoint's file.</summary>
    /// <param name="checkpoint">The checkpoint's folder.</param>
    /// <exception cref="CheckpointException">The file is missing, malformed or has another layout.</exception>
    public static TrainerState Read(string checkpoint)
    {
        string file = Path.Combine(checkpoint, FileName);
        try
        {
            TrainerState state = StoredJson.Read<TrainerState>(file, Json);
            state.Check();
            return state.Layout == CurrentLayout
                ? state
                : throw new CheckpointException($"'{file}' has the layout {state.Layout}; this version of Tenon reads {CurrentLayout}. " +
                    $"Resume with the version that wrote it: {string.Join(", ", state.Versions.Select(v => $"{v.Key} {v.Value}"))}.");
        }
        catch (Exception cause) when (cause is JsonException or IOException)
        {
            throw new CheckpointException($"'{file}' cannot be read: {cause.Message} Delete the folder '{checkpoint}' to resume from " +
                "the previous checkpoint.", cause);
        }
    }

    private void Check()
    {
        (string Key, double Value, double Least)[] numbers =
        [
            ("step", Step, 0), ("batch_size", BatchSize, 1), ("accumulate", Accumulate, 1), ("window.count", Window.Count, 0),
            ("selection.since", Selection?.Since ?? 0, 0), ("selection.best.step", Selection?.Best?.Step ?? 0, 0),
            ("loss_scale.factor", LossScale?.Factor ?? 1, 1), ("loss_scale.good", LossScale?.Good ?? 0, 0),
            ("metrics.lines", Metrics.Lines, 0), ("metrics.events", Metrics.Events, 0), ("previous", Previous ?? 0, 0),
            ("seconds", Seconds, 0),
        ];
        foreach ((string key, double value, double least) in numbers)
        {
            if (!(value >= least))
                throw new JsonException(string.Create(CultureInfo.InvariantCulture, $"'{key}' is {value}; it must be at least {least}."));
        }
    }
}
