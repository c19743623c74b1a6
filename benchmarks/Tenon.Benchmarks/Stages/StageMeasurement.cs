using System.Text.Json;
using Tenon.Host.Planning.Simulation;

namespace Tenon.Benchmarks.Stages;

/// <summary>A step that was measured.</summary>
/// <param name="MicroBatches">Its micro-batches.</param>
/// <param name="Seconds">Time of its passes and sums, without the update: the median of several steps.</param>
/// <param name="Waiting">Share of that time in which the process waits for others, in a pipeline.</param>
/// <param name="Tasks">What the process did in the last of these steps, in order, in seconds since the machine started.</param>
internal sealed record MeasuredStep(int MicroBatches, double Seconds, double Waiting, IReadOnlyList<TimelineEntry> Tasks);

/// <summary>What one process measures. All times are in seconds, and medians.</summary>
/// <param name="Forward">Forward pass of a micro-batch through its layers, while the others do the same.</param>
/// <param name="Backward">Backward pass.</param>
/// <param name="Message">Sending a hidden state to a process that waits for it; 0 without a pipeline.</param>
/// <param name="Sum">Adding up the gradients of all replicas; 0 in a pipeline.</param>
/// <param name="Steps">Steps with several numbers of micro-batches.</param>
internal sealed record StageMeasurement(double Forward, double Backward, double Message, double Sum, IReadOnlyList<MeasuredStep> Steps)
{
    /// <summary>Writes the file of a process.</summary>
    /// <param name="folder">The folder of the job.</param>
    /// <param name="rank">The process.</param>
    public void Write(string folder, int rank) => File.WriteAllText(PathOf(folder, rank), JsonSerializer.Serialize(this));

    /// <summary>Reads the file of a process.</summary>
    /// <param name="folder">The folder of the job.</param>
    /// <param name="rank">The process.</param>
    public static StageMeasurement Read(string folder, int rank) =>
        JsonSerializer.Deserialize<StageMeasurement>(File.ReadAllText(PathOf(folder, rank)))!;

    private static string PathOf(string folder, int rank) => Path.Combine(folder, $"{rank}.json");
}
