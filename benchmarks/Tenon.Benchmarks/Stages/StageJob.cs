using System.Diagnostics;
using System.Globalization;
using Tenon.Host.Planning.Simulation;

namespace Tenon.Benchmarks.Stages;

/// <summary>Processes that train a GPT together, as <see cref="StageProcess"/> measures them.</summary>
/// <param name="Stages">Stages of the pipeline; 1 if the processes are replicas.</param>
/// <param name="Ranks">What each process measured.</param>
internal sealed record StageJob(int Stages, IReadOnlyList<StageMeasurement> Ranks)
{
    /// <summary>Runs the processes to their end.</summary>
    /// <param name="ranks">Number of processes, 2 or more.</param>
    /// <param name="isPipeline">Whether they divide the layers, instead of the batch.</param>
    /// <param name="shape">Name of the GPT's sizes.</param>
    /// <param name="steps">Steps for each number of micro-batches.</param>
    /// <param name="microBatches">The numbers of micro-batches.</param>
    /// <exception cref="InvalidOperationException">A process failed.</exception>
    public static StageJob Run(int ranks, bool isPipeline, string shape, int steps, params int[] microBatches)
    {
        string folder = Directory.CreateTempSubdirectory("tenon-stages-").FullName;
        try
        {
            string program = Path.Combine(AppContext.BaseDirectory, "Tenon.Benchmarks.dll");
            using Process job = Process.Start(OpenMpi.Job(
                ranks, "dotnet", program, "stage", shape, isPipeline ? "pipeline" : "replicas",
                steps.ToString(CultureInfo.InvariantCulture), string.Join(',', microBatches), folder))!;
            string output = job.StandardOutput.ReadToEnd();
            job.WaitForExit();
            return job.ExitCode == 0
                ? new StageJob(isPipeline ? ranks : 1, [.. Enumerable.Range(0, ranks).Select(rank => StageMeasurement.Read(folder, rank))])
                : throw new InvalidOperationException($"The job ended with exit code {job.ExitCode}: {output}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Simulates a step from the times of single passes and messages.</summary>
    /// <param name="microBatches">Its micro-batches.</param>
    public SimulationResult Simulate(int microBatches)
    {
        // Only the last stage has a head, and only its time differs.
        StageMeasurement first = Ranks[0], last = Ranks[Stages - 1];
        return StepSimulator.Run(new SimulatedStep(
            Ranks.Count / Stages, Stages, Chunks: 1, microBatches,
            Stages > 1 ? first.Forward : Ranks.Max(rank => rank.Forward), Stages > 1 ? first.Backward : Ranks.Max(rank => rank.Backward))
        {
            Head = last.Forward + last.Backward - first.Forward - first.Backward,
            Transfer = first.Message,
            BucketSeconds = first.Sum,
        });
    }
}
