using System.Diagnostics;
using Tenon.Host.Processes;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Host.Training.Parallel;

/// <summary>
/// The passes of one stage of a pipeline over the micro-batches of a step: one forward, one backward (Narayanan et al. 2021, "Efficient
/// Large-Scale Language Model Training on GPU Clusters Using Megatron-LM", section 2.2.1), in the order that the planner simulates. A stage
/// keeps the activations of at most as many micro-batches as there are stages after it, and one more.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="layers">The layers of this stage.</param>
/// <param name="stages">The processes of the pipeline, in the order of the stages.</param>
internal sealed class PipelinePasses(IStaged model, StageParameters layers, ICommunicator stages)
{
    private const int ForwardTag = 0;
    private const int BackwardTag = 1;

    private readonly Queue<Pass> _open = [];
    private readonly List<(IWork Work, Tensor Sent)> _sending = [];
    private double _sum;
    private double _bytes;
    private long _waited;
    private long _total;

    /// <summary>Accumulates the gradients of this stage. Called by all stages at the same time.</summary>
    /// <param name="batches">The micro-batches, the same in all stages.</param>
    /// <param name="weight">The weight of a batch's loss in the result.</param>
    /// <param name="scale">A factor on the gradients.</param>
    /// <param name="enter">Begins a pass over a batch; disposed at its end.</param>
    /// <returns>The weighted sum of the losses, in all stages.</returns>
    public double Run(IReadOnlyList<Batch> batches, Func<Batch, double> weight, double scale, Func<Batch, IDisposable> enter)
    {
        long start = Stopwatch.GetTimestamp();
        _sum = 0;
        try
        {
            foreach (PipelineTask task in PipelineSchedule.Of(stages.Rank, stages.Size, chunks: 1, batches.Count))
            {
                Batch batch = batches[task.MicroBatch];
                using IDisposable rows = enter(batch);
                if (task.IsForward)
                    Forward(batch, weight(batch), scale);
                else
                    Backward();
            }

            using Tensor sum = tensor((double[])[_sum]);
            Wait(() =>
            {
                stages.AllReduce(sum);
                Complete(waits: true);
            });
            return sum.item<double>();
        }
        finally
        {
            while (_open.TryDequeue(out Pass? pass))
                pass.Dispose();
            _total += Stopwatch.GetTimestamp() - start;
        }
    }

    /// <summary>Returns what was exchanged since the last call, and the share of the passes' time in which this stage waited.</summary>
    public TrafficFigures TakeTraffic()
    {
        var figures = new TrafficFigures(Stopwatch.GetElapsedTime(0, _waited).TotalSeconds, _bytes)
        {
            Bubble = _total > 0 ? _waited / (double)_total : 0,
        };
        (_bytes, _waited, _total) = (0, 0, 0);
        return figures;
    }

    private bool IsLast => stages.Rank == stages.Size - 1;

    private void Forward(Batch batch, double weight, double scale)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor? input = null;
        if (stages.Rank > 0)
            input = Receive(batch, stages.Rank - 1, ForwardTag).requires_grad_();
        Tensor output = model.Stage(batch, layers.First, layers.Count, input);
        if (IsLast)
        {
            _sum += weight * output.detach().to(ScalarType.Float64).item<double>();
            output *= weight * scale;
        }
        else
        {
            Send(output.detach(), stages.Rank + 1, ForwardTag);
        }

        _open.Enqueue(new Pass(batch, input?.DetachFromDisposeScope(), output.DetachFromDisposeScope()));
    }

    // Of the oldest micro-batch.
    private void Backward()
    {
        using DisposeScope scope = NewDisposeScope();
        using Pass pass = _open.Dequeue();
        Tensor? gradient = IsLast ? null : Receive(pass.Batch, stages.Rank + 1, BackwardTag);
        // Nothing is trained in a stage, and in those before it, whose parameters are frozen.
        if (pass.Output.requires_grad)
        {
            if (gradient is null)
                pass.Output.backward();
            else
                autograd.backward([pass.Output], [gradient]);
        }

        if (pass.Input is { } input)
            Send(input.grad ?? zeros_like(input, requires_grad: false), stages.Rank - 1, BackwardTag);
    }

    private Tensor Receive(Batch batch, int source, int tag)
    {
        Tensor received = empty([.. model.HiddenShape(batch)], ScalarType.Float32, layers.All.All[0].Value.device);
        Wait(() => stages.Receive(received, source, tag));
        return received;
    }

    private void Send(Tensor tensor, int destination, int tag)
    {
        Complete(waits: false);
        Tensor sent = tensor.contiguous().DetachFromDisposeScope();
        _sending.Add((stages.StartSend(sent, destination, tag), sent));
        _bytes += sent.numel() * sent.ElementSize;
    }

    private void Complete(bool waits)
    {
        _sending.RemoveAll(message =>
        {
            if (!waits && !message.Work.Test())
                return false;
            message.Work.Wait(stages.Timeout);
            message.Work.Dispose();
            message.Sent.Dispose();
            return true;
        });
    }

    private void Wait(Action communicate)
    {
        long start = Stopwatch.GetTimestamp();
        communicate();
        _waited += Stopwatch.GetTimestamp() - start;
    }

    private sealed record Pass(Batch Batch, Tensor? Input, Tensor Output) : IDisposable
    {
        public void Dispose()
        {
            Input?.Dispose();
            Output.Dispose();
        }
    }
}
