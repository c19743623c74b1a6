using System.Diagnostics;
using Tenon.Host.Planning.Simulation;
using Tenon.Host.Processes;
using Tenon.Host.Training;
using Tenon.Host.Training.Parallel;
using Tenon.Mpi;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Benchmarks.Stages;

/// <summary>
/// One of several processes that train a GPT with one thread each. It measures single passes and messages, then whole steps.
/// </summary>
/// <param name="all">All processes.</param>
/// <param name="workload">The model and a micro-batch.</param>
/// <param name="steps">How often everything is measured.</param>
internal abstract class StageProcess(ICommunicator all, Workload workload, int steps)
{
    private readonly List<TimelineEntry> _tasks = [];

    /// <summary>Measures as one of the processes of a job, and writes the file of this one.</summary>
    /// <param name="shape">Name of the GPT's sizes.</param>
    /// <param name="isPipeline">Whether the processes divide the layers, instead of the batch.</param>
    /// <param name="steps">How often everything is measured.</param>
    /// <param name="microBatches">Numbers of micro-batches.</param>
    /// <param name="folder">Receives the files.</param>
    public static void Run(string shape, bool isPipeline, int steps, IReadOnlyList<int> microBatches, string folder)
    {
        using ICommunicator all = new Mpi.Mpi().Open(new MpiOptions());
        using IOpenDevice device = Case.Open("cpu", "fp32", threads: 1);
        using Workload workload = Workloads.Build(shape, device);
        workload.Model.Module.train();
        var trained = new TrainedParameters(workload.Model.Module, new OptimizationSetup());
        using var mesh = new Mesh(all, isPipeline
            ? new ParallelLayout(Data: 1, Tensor: 1, Pipeline: all.Size) : new ParallelLayout(Data: all.Size, Tensor: 1, Pipeline: 1));
        var world = new World(mesh, zero: 0);
        using GradientExchange? exchange = isPipeline ? null : new GradientExchange(trained, world);
        StageProcess process = exchange is null
            ? new PipelineProcess(world, workload, steps, new StageParameters((IStaged)workload.Model, trained, world))
            : new ReplicaProcess(all, workload, steps, exchange);
        process.Measure(microBatches).Write(folder, all.Rank);
    }

    /// <summary>All processes.</summary>
    protected ICommunicator All => all;

    /// <summary>The model and a micro-batch.</summary>
    protected Workload Workload => workload;

    /// <summary>The passes of a step over micro-batches, and the sum of its gradients.</summary>
    /// <param name="batches">The micro-batches.</param>
    protected abstract void Step(IReadOnlyList<Batch> batches);

    /// <summary>A forward pass through the layers of this process. The result has a graph.</summary>
    protected abstract Tensor Forward();

    /// <summary>Seconds for a message between neighbors and for the sum of the gradients.</summary>
    protected abstract (double Message, double Sum) Communication();

    /// <summary>The share of the passes since the last call in which this process waited.</summary>
    protected abstract double Waiting();

    /// <summary>Notes a pass.</summary>
    /// <param name="isForward">Whether it is a forward pass.</param>
    /// <param name="microBatch">Index of the micro-batch.</param>
    /// <param name="start">When it began, as a timestamp.</param>
    protected void Note(bool isForward, int microBatch, long start) => _tasks.Add(new TimelineEntry(
        all.Rank, new PipelineTask(isForward, microBatch, Chunk: 0), Seconds(start), Seconds(Stopwatch.GetTimestamp())));

    /// <summary>Measures something that all processes do at the same time.</summary>
    /// <param name="act">Does it.</param>
    /// <returns>Seconds: the median.</returns>
    protected double Median(Action act)
    {
        List<double> seconds = [];
        // The first one allocates and compiles.
        for (int i = 0; i <= steps; i++)
        {
            all.Barrier();
            long start = Stopwatch.GetTimestamp();
            act();
            if (i > 0)
                seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return CaseResult.Middle([.. seconds]);
    }

    private StageMeasurement Measure(IReadOnlyList<int> microBatches)
    {
        (double forward, double backward) = Passes();
        (double message, double sum) = Communication();
        MeasuredStep[] measured = [.. microBatches.Select(Step)];
        all.Barrier();
        return new StageMeasurement(forward, backward, message, sum, measured);
    }

    private MeasuredStep Step(int microBatches)
    {
        // The same tokens, but different batches, by which passes are told apart.
        Batch[] batches = [.. Enumerable.Range(0, microBatches).Select(_ => Copy(workload.Batch))];
        Waiting();
        double seconds = Median(() =>
        {
            _tasks.Clear();
            Step(batches);
            workload.Model.Module.zero_grad(set_to_none: true);
        });
        foreach (Batch batch in batches)
            batch.Dispose();
        return new MeasuredStep(microBatches, seconds, Waiting(), [.. _tasks]);
    }

    private (double Forward, double Backward) Passes()
    {
        List<double> backward = [];
        double forward = Median(() =>
        {
            using DisposeScope scope = NewDisposeScope();
            Forward();
        });
        double both = Median(() =>
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor output = Forward();
            long start = Stopwatch.GetTimestamp();
            autograd.backward([output], [ones_like(output, requires_grad: false)]);
            backward.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            workload.Model.Module.zero_grad(set_to_none: true);
        });
        return (Math.Min(forward, both), CaseResult.Middle([.. backward.Skip(1)]));
    }

    private static Batch Copy(Batch batch) => new(
        batch.Names.Select(name => KeyValuePair.Create(name, batch[name].clone())), batch.Examples, batch.Targets);

    private static double Seconds(long timestamp) => timestamp / (double)Stopwatch.Frequency;
}
