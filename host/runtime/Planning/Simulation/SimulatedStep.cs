using Tenon.Host.Processes;

namespace Tenon.Host.Planning.Simulation;

/// <summary>A step to simulate. Tensor-parallel accelerators work in step and count as one worker.</summary>
/// <param name="Replicas">Data-parallel replicas.</param>
/// <param name="Stages">Pipeline stages.</param>
/// <param name="Chunks">Chunks of each stage.</param>
/// <param name="MicroBatches">Micro-batches of each replica.</param>
/// <param name="Forward">Seconds of a chunk's forward pass.</param>
/// <param name="Backward">Seconds of a chunk's backward pass, with what it recomputes.</param>
public sealed record SimulatedStep(int Replicas, int Stages, int Chunks, int MicroBatches, double Forward, double Backward)
{
    /// <summary>Seconds of both passes of the head, on the last chunk of the last stage; a third of them forward.</summary>
    public double Head { get; init; }

    /// <summary>Seconds for which a hidden state occupies the outgoing link of its sender.</summary>
    public double Transfer { get; init; }

    /// <summary>Seconds until the first byte of a message arrives.</summary>
    public double Latency { get; init; }

    /// <summary>Parts of a chunk's gradients that are summed separately.</summary>
    public int Buckets { get; init; } = 1;

    /// <summary>Seconds for which the sum of one bucket over the replicas occupies the links; 0 for one replica.</summary>
    public double BucketSeconds { get; init; }

    /// <summary>Whether a bucket is summed as soon as its gradients are complete, instead of after the last backward pass.</summary>
    public bool Overlaps { get; init; }
}

/// <summary>A period in which a worker of the first replica is busy.</summary>
/// <param name="Stage">Index of its stage.</param>
/// <param name="Task">What it processes; null for a sum of gradients.</param>
/// <param name="Start">In seconds from the start of the step.</param>
/// <param name="End">In seconds from the start of the step.</param>
public readonly record struct TimelineEntry(int Stage, PipelineTask? Task, double Start, double End);

/// <summary>The simulated step.</summary>
/// <param name="Seconds">Time of the step without the update.</param>
/// <param name="Busy">Share of that time in which workers compute, on average.</param>
/// <param name="Timeline">What the first replica does, in order of the starts.</param>
public sealed record SimulationResult(double Seconds, double Busy, IReadOnlyList<TimelineEntry> Timeline);
