using System.Text.Json;
using System.Text.Json.Serialization;
using Tenon.Host.Native;

namespace Tenon.Host.Artifacts;

/// <summary>What a finished run came to, which is also the content of <c>summary.json</c>.</summary>
public sealed record RunSummary
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The run's folder, which is the artifact. Not in the file, which may be moved with it.</summary>
    [JsonIgnore]
    public string Folder { get; init; } = "";

    /// <summary>Steps of the whole run; 0 when its strategy trains nothing.</summary>
    public required long Steps { get; init; }

    /// <summary>Loss of the last line of metrics, or null when this process did no step.</summary>
    public double? Loss { get; init; }

    /// <summary>Validation loss at the end, or null without validation.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>exp(<see cref="ValidationLoss"/>) of a causal language model, else null.</summary>
    public double? Perplexity { get; init; }

    /// <summary>Share of the validation examples, words or hidden tokens that were predicted rightly at the end; null without any.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Mean F1 of the classes at the end; null without classes.</summary>
    public double? MacroF1 { get; init; }

    /// <summary>The step whose model was kept, and by which figure; null when the last one was, unasked.</summary>
    public string? Best { get; init; }

    /// <summary>Why the run ended before its steps were done; null when it did not.</summary>
    public string? Stopped { get; init; }

    /// <summary>F1 of the entities at the end; null without tags of entities.</summary>
    public double? EntityF1 { get; init; }

    /// <summary>Time of the whole run, interruptions left out.</summary>
    public required TimeSpan Time { get; init; }

    /// <summary>Tokens or examples a second over the steps of this process.</summary>
    public required double UnitsPerSecond { get; init; }

    /// <summary>What is counted.</summary>
    public required string Unit { get; init; }

    /// <summary>Share of the steps' time spent waiting for batches, 0 … 1.</summary>
    public required double DataWaitShare { get; init; }

    /// <summary>Most memory of the device in use, or null when it cannot tell.</summary>
    public long? PeakMemory { get; init; }

    /// <summary>What a run came to when it was finished before; null when its folder does not say so.</summary>
    /// <param name="folder">The run's folder.</param>
    internal static RunSummary? Read(RunFolder folder)
    {
        try
        {
            return File.Exists(folder.Summary) && JsonSerializer.Deserialize<RunSummary>(File.ReadAllText(folder.Summary), Json) is { } found
                ? found with { Folder = folder.Path }
                : null;
        }
        catch (JsonException)
        {
            // A damaged file says nothing; it is written anew.
            return null;
        }
    }

    /// <summary>Writes the summary into the run's folder.</summary>
    /// <param name="folder">The run's folder.</param>
    internal void Write(RunFolder folder) => Durable.WriteText(folder.Summary, JsonSerializer.Serialize(this, Json) + "\n");
}
