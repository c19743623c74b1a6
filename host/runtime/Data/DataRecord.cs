using System.Globalization;
using System.Text.Json;
using Tenon.Host.Artifacts;
using Tenon.Host.Native;

namespace Tenon.Host.Data;

/// <summary>
/// The data that a run began with, as recorded in <c>data.json</c> in its folder: enough to detect that the examples, or the choice
/// of held-out examples, have changed.
/// </summary>
/// <param name="Content">A hash of the examples; null if the data component does not provide one and they cannot be hashed.</param>
/// <param name="SplitBy">Everything besides the examples that the split depends on.</param>
/// <param name="Training">Number of training examples.</param>
/// <param name="Validation">Number of validation examples.</param>
internal sealed record DataRecord(string? Content, string SplitBy, long Training, long Validation)
{
    // If a component provides no fingerprint, its examples are hashed, up to this number.
    private const long MaxHashed = 100_000;
    private static readonly JsonSerializerOptions Json = StoredJson.Strict(new(JsonSerializerDefaults.Web) { WriteIndented = true });

    /// <summary>Returns the record of opened data.</summary>
    /// <param name="data">The data.</param>
    public static DataRecord Of(OpenedData data) =>
        new(
            data.Facts.Fingerprint ?? (IsHashed(data) ? ContentHash.Of(data.Sources.SelectMany(ExampleList.All)) : null),
            data.SplitKey, data.TrainCount, data.ValidationCount);

    /// <summary>Reads the record of a run; null if its folder has none.</summary>
    /// <param name="folder">The run's folder.</param>
    public static DataRecord? Read(RunFolder folder)
    {
        try
        {
            return File.Exists(folder.Data) ? StoredJson.Read<DataRecord>(folder.Data, Json) : null;
        }
        catch (JsonException cause)
        {
            throw new CheckpointException($"'{folder.Data}' cannot be read: {cause.Message} Delete it to use the data without checking " +
                "that it is the run's data.", cause);
        }
    }

    /// <summary>Writes the record into a run's folder.</summary>
    /// <param name="folder">The run's folder.</param>
    public void Write(RunFolder folder) => Durable.WriteText(folder.Data, JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>Describes how this data differs from that of a run, as a sentence; null if it does not.</summary>
    /// <param name="before">The run's record.</param>
    public string? Difference(DataRecord before)
    {
        if (this == before)
            return null;
        string what = Content != before.Content || (Training + Validation != before.Training + before.Validation)
            ? "The content of the data has changed since the run began"
            : "The data is split differently from when the run began: validation:share, validation:seed, training:examples or the seed " +
                "has changed";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{what} ({before.Training:N0} training and {before.Validation:N0} validation examples then, {Training:N0} and " +
            $"{Validation:N0} now).");
    }

    // Of others only the numbers of examples are compared. Decoding all images would take too long.
    private static bool IsHashed(OpenedData data) =>
        data.ExampleType != typeof(ImageExample) && data.Sources.Sum(source => source.Count) <= MaxHashed;
}
