using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Tenon.Host.Artifacts;
using Tenon.Host.Artifacts.Metrics;

namespace Tenon.Host.Training.Checkpoints;

/// <summary>What a checkpoint holds besides tensors: <c>trainer.json</c>.</summary>
internal sealed record TrainerState
{
    /// <summary>The file's name in a checkpoint.</summary>
    public const string FileName = "trainer.json";

    /// <summary>The layout of checkpoints that this host writes and reads.</summary>
    public const int CurrentLayout = 1;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        // A damaged file must not come to life as a run at step 0.
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>The layout of the checkpoint.</summary>
    public required int Layout { get; init; }

    /// <summary>Steps done.</summary>
    public required long Step { get; init; }

    /// <summary>The run's seed.</summary>
    public required long Seed { get; init; }

    /// <summary>Examples in a batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Batches in a step. With step and batch size it says where in the data the run stands.</summary>
    public required int Accumulate { get; init; }

    /// <summary>What the strategy keeps.</summary>
    public required JsonObject State { get; init; }

    /// <summary>Losses since the last line of metrics.</summary>
    public required LossWindow Window { get; init; }

    /// <summary>The newest validation loss, or null before the first.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>How the validations went; null when none is kept and none ends the run.</summary>
    public Selection? Selection { get; init; }

    /// <summary>The loss scale; null in other precisions than float16.</summary>
    public LossScale? LossScale { get; init; }

    /// <summary>Where the logs ended.</summary>
    public required MetricsPosition Metrics { get; init; }

    /// <summary>Seconds that the run has taken so far.</summary>
    public required double Seconds { get; init; }

    /// <summary>Versions of the parts that decide about numbers.</summary>
    public required SortedDictionary<string, string> Versions { get; init; }

    /// <summary>The file's content.</summary>
    public string Write() => JsonSerializer.Serialize(this, Json) + "\n";

    /// <summary>Reads a checkpoint's file.</summary>
    /// <param name="checkpoint">The checkpoint's folder.</param>
    /// <exception cref="CheckpointException">The file is missing, malformed or of another layout.</exception>
    public static TrainerState Read(string checkpoint)
    {
        string file = Path.Combine(checkpoint, FileName);
        try
        {
            TrainerState state = JsonSerializer.Deserialize<TrainerState>(File.ReadAllText(file), Json)
                ?? throw new JsonException("the file holds null.");
            return state.Layout == CurrentLayout
                ? state
                : throw new CheckpointException($"'{file}' has the layout {state.Layout}; this version of Tenon reads {CurrentLayout}. Go on with the version that wrote it: {string.Join(", ", state.Versions.Select(v => $"{v.Key} {v.Value}"))}.");
        }
        catch (Exception cause) when (cause is JsonException or IOException)
        {
            throw new CheckpointException($"'{file}' cannot be read: {cause.Message} Delete the folder '{checkpoint}' to go on from the checkpoint before it.", cause);
        }
    }
}
