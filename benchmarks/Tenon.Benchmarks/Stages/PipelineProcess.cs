using System.Diagnostics;
using Tenon.Host.Processes;
using Tenon.Host.Training.Parallel;
using static TorchSharp.torch;

namespace Tenon.Benchmarks.Stages;

/// <summary>A stage of a pipeline.</summary>
/// <param name="world">The stages.</param>
/// <param name="workload">The model and a micro-batch.</param>
/// <param name="steps">How often everything is measured.</param>
/// <param name="layers">The layers of this stage.</param>
internal sealed class PipelineProcess(World world, Workload workload, int steps, StageParameters layers)
    : StageProcess(world.All, workload, steps)
{
    private readonly IStaged _model = (IStaged)workload.Model;
    private readonly PipelinePasses _passes = new((IStaged)workload.Model, layers, world);

    /// <inheritdoc/>
    protected override void Step(IReadOnlyList<Batch> batches)
    {
        // The first pass over a micro-batch is the forward pass.
        HashSet<Batch> forward = [];
        _passes.Run(batches, _ => 1.0 / batches.Count, scale: 1,
            batch => new NotedPass(this, forward.Add(batch), batches.Index().First(entry => entry.Item == batch).Index));
    }

    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        Tensor? hidden = All.Rank == 0 ? null : Hidden().requires_grad_();
        (int first, int count) = layers.Chunks[0];
        return _model.Stage(Workload.Batch, first, count, hidden);
    }

    /// <inheritdoc/>
    protected override (double Message, double Sum) Communication()
    {
        using Tensor hidden = Hidden();
        // To the next stage and back; the last one has none.
        double both = Median(() =>
        {
            if (All.Rank == 0)
            {
                All.Send(hidden, destination: 1);
                All.Receive(hidden, source: 1);
            }
            else if (All.Rank == 1)
            {
                All.Receive(hidden, source: 0);
                All.Send(hidden, destination: 0);
            }
        });
        return (both / 2, 0);
    }

    /// <inheritdoc/>
    protected override double Waiting() => _passes.TakeTraffic().Bubble ?? 0;

    private Tensor Hidden() => randn([.. _model.HiddenShape(Workload.Batch)]);

    private sealed class NotedPass(PipelineProcess process, bool isForward, int microBatch) : IDisposable
    {
        private readonly long _start = Stopwatch.GetTimestamp();

        public void Dispose() => process.Note(isForward, microBatch, _start);
    }
}
