using System.Diagnostics;
using Tenon.Host.Processes;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Host.Training.Parallel;

/// <summary>
/// The passes of one stage of a pipeline over the micro-batches of a step: one forward, one backward (Narayanan et al. 2021, "Efficient
/// Large-Scale Language Model Training on GPU Clusters Using Megatron-LM", section 2.2), in the order that the planner simulates. A stage
/// with one chunk of layers keeps the activations of at most as many micro-batches as there are stages after it, and one more.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="layers">The layers of this stage.</param>
/// <param name="world">The processes.</param>
internal sealed class PipelinePasses(IStaged model, StageParameters layers, World world)
{
    private readonly ICommunicator _stages = world.Pipeline;
    private readonly Queue<Pass>[] _open = [.. layers.Chunks.Select(_ => new Queue<Pass>())];
    private readonly List<(IWork Work, Tensor Sent)> _sending = [];
    private readonly Dictionary<int, Tensor> _random = [];
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
            // The schedule takes a multiple of the stages; what is left out is left out by all stages.
            int scheduled = (batches.Count + _stages.Size - 1) / _stages.Size * _stages.Size;
            foreach (PipelineTask task in PipelineSchedule.Of(_stages.Rank, _stages.Size, _open.Length, scheduled)
                .Where(task => task.MicroBatch < batches.Count))
            {
                Batch batch = batches[task.MicroBatch];
                using IDisposable rows = enter(batch);
                if (task.IsForward)
                    Forward(batch, task, weight(batch), scale);
                else
                    Backward(task.Chunk);
            }

            using Tensor sum = tensor((double[])[_sum]);
            Wait(() =>
            {
                _stages.AllReduce(sum);
                Complete(waits: true);
            });
            return sum.item<double>();
        }
        finally
        {
            foreach (IDisposable left in _open.SelectMany(open => open).Concat<IDisposable>(_random.Values))
                left.Dispose();
            Array.ForEach(_open, open => open.Clear());
            _random.Clear();
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

    private int LastPart => _stages.Size * _open.Length - 1;

    private void Forward(Batch batch, PipelineTask task, double weight, double scale)
    {
        using DisposeScope scope = NewDisposeScope();
        int part = PartOf(task.Chunk);
        Tensor? input = part > 0 ? Receive(batch, part - 1, part).requires_grad_() : null;
        Tensor output = Compute(batch, task, input);
        if (part == LastPart)
        {
            _sum += weight * output.detach().to(ScalarType.Float64).item<double>();
            output *= weight * scale;
        }
        else
        {
            Send(output.detach(), part, part + 1);
        }

        _open[task.Chunk].Enqueue(new Pass(batch, input?.DetachFromDisposeScope(), output.DetachFromDisposeScope()));
    }

    // Of the oldest micro-batch of a chunk.
    private void Backward(int chunk)
    {
        using DisposeScope scope = NewDisposeScope();
        using Pass pass = _open[chunk].Dequeue();
        int part = PartOf(chunk);
        Tensor? gradient = part == LastPart ? null : Receive(pass.Batch, part + 1, part);
        // Nothing is trained in a part of the layers, and in those before it, whose parameters are frozen.
        if (pass.Output.requires_grad)
        {
            world.Tensor.Backward(() =>
            {
                if (gradient is null)
                    pass.Output.backward();
                else
                    autograd.backward([pass.Output], [gradient]);
            });
        }

        if (pass.Input is { } input)
            Send(input.grad ?? zeros_like(input, requires_grad: false), part, part - 1);
    }

    // What is dropped in a layer depends on the state of the generator when the micro-batch enters the first chunk of each stage. Other
    // micro-batches enter before it comes to the next chunk.
    private Tensor Compute(Batch batch, PipelineTask task, Tensor? input)
    {
        (int first, int count) = layers.Chunks[task.Chunk];
        if (task.Chunk == 0)
        {
            if (_open.Length > 1)
                _random.Add(task.MicroBatch, get_rng_state().DetachFromDisposeScope());
            return model.Stage(batch, first, count, input);
        }

        using Tensor current = get_rng_state();
        set_rng_state(_random[task.MicroBatch]);
        Tensor output = model.Stage(batch, first, count, input);
        set_rng_state(current);
        return output;
    }

    // The stages take the parts of the layers in turn.
    private int PartOf(int chunk) => chunk * _stages.Size + _stages.Rank;

    private Tensor Receive(Batch batch, int from, int to)
    {
        Tensor received = empty([.. model.HiddenShape(batch)], ScalarType.Float32, layers.All.All[0].Value.device);
        Wait(() => _stages.Receive(received, from % _stages.Size, Tag(from, to)));
        return received;
    }

    private void Send(Tensor tensor, int from, int to)
    {
        Complete(waits: false);
        Tensor sent = tensor.contiguous().DetachFromDisposeScope();
        _sending.Add((_stages.StartSend(sent, to % _stages.Size, Tag(from, to)), sent));
        _bytes += sent.numel() * sent.ElementSize;
    }

    // Of a hidden state to the next part of the layers, or of its gradient to the part before.
    private static int Tag(int from, int to) => 2 * to + (to > from ? 0 : 1);

    private void Complete(bool waits)
    {
        _sending.RemoveAll(message =>
        {
            if (!waits && !message.Work.Test())
                return false;
            message.Work.Wait(_stages.Timeout);
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
