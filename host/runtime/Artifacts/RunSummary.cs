using System.Text.Json;
using System.Text.Json.Serialization;
using Tenon.Host.Native;

namespace Tenon.Host.Artifacts;

/// <summary>Summary of a finished run; also the content of <c>summary.json</c>.</summary>
public sealed record RunSummary
{
    private static readonly JsonSerializerOptions Json = StoredJson.Strict(new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    });

    /// <summary>The run's folder, which is a model folder. Not in the file, because the folder may be moved.</summary>
    [JsonIgnore]
    public string Folder { get; init; } = "";

    /// <summary>Total steps of the run; 0 if its strategy does not train.</summary>
    public required long Steps { get; init; }

    /// <summary>Loss in the last line of metrics that has one; null without any.</summary>
    public double? Loss { get; init; }

    /// <summary>Validation loss at the end; null without validation.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>exp(<see cref="ValidationLoss"/>) of a causal language model, otherwise null.</summary>
    public double? Perplexity { get; init; }

    /// <summary>Final accuracy on validation examples, words or masked tokens; null without any.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Final macro-F1; null without classes.</summary>
    public double? MacroF1 { get; init; }

    /// <summary>
    /// The step whose model was kept, and the metric that selected it; null if the last model was kept without a selection.
    /// </summary>
    public string? Best { get; init; }

    /// <summary>The reason why the run ended early; null if it did not.</summary>
    public string? Stopped { get; init; }

    /// <summary>Final entity F1; null without entity tags.</summary>
    public double? EntityF1 { get; init; }

    /// <summary>Duration of the run, excluding interruptions.</summary>
    public required TimeSpan Time { get; init; }

    /// <summary>
    /// Tokens or examples per second over the steps of this process; if it performed none, because the run was resumed after its last
    /// step, the last logged value.
    /// </summary>
    public required double UnitsPerSecond { get; init; }

    /// <summary>The unit of <see cref="UnitsPerSecond"/>: <c>tokens</c> or <c>examples</c>.</summary>
    public required string Unit { get; init; }

    /// <summary>Fraction of the time of this process's steps spent waiting for batches, 0 … 1; 0 if it performed none.</summary>
    public required double DataWaitShare { get; init; }

    /// <summary>Peak device memory, or null when unknown.</summary>
    public long? PeakMemory { get; init; }

    /// <summary>Reads the summary of a finished run; null if its folder has none.</summary>
    /// <param name="folder">The run's folder.</param>
    internal static RunSummary? Read(RunFolder folder)
    {
        try
        {
            return File.Exists(folder.Summary)
                ? StoredJson.Read<RunSummary>(folder.Summary, Json) with { Folder = folder.Path } : null;
        }
        catch (JsonException)
        {
            // A damaged file is ignored and rewritten.
            return null;
        }
    }

    /// <summary>Returns whether the run has already done everything that a recipe requests.</summary>
    /// <param name="steps">The recipe's steps.</param>
    /// <param name="isChanged">Whether a setting differs from the run's, such as the patience of a run that stopped early.</param>
    internal bool Covers(long steps, bool isChanged) =>
        (Steps > 0 && Steps >= steps) || (!isChanged && (Steps == 0 || Stopped is not null));

    /// <summary>Writes the summary into the run's folder.</summary>
    /// <param name="folder">The run's folder.</param>
    internal void Write(RunFolder folder) => Durable.WriteText(folder.Summary, JsonSerializer.Serialize(this, Json) + "\n");
}
