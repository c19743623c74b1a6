using Tenon.Host.Processes;
using Tenon.Host.Training.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Tenon.Host.Training.Parallel;

/// <summary>
/// Adds up the gradients of several processes. Each bucket is reduced to one part per rank (reduce-scatter); the parts are then
/// either collected (all-gather), so that every rank updates all parameters, or stay divided, so that each rank updates its own
/// pieces and the parameters are collected instead (ZeRO, stage 1; in stage 2, the rest of the gradients is freed). Both move the same
/// bytes, and give the same bits.
/// </summary>
internal sealed class GradientExchange : IDisposable
{
    private readonly TrainedParameters _trained;
    private readonly World _world;
    private readonly ICommunicator _ranks;
    private readonly FlatLayout _layout;
    private readonly Tensor _whole;
    private readonly Tensor _part;
    private readonly ShardedParameters? _shards;
    private readonly GradientShard? _kept;
    private readonly Traffic _traffic;

    // The sums of the squares of this process's part of each bucket, without what another process counts.
    private readonly double[] _squares;
    private readonly HashSet<int> _counted;

    /// <summary>Prepares the exchange, and gives all ranks the parameters and buffers of rank 0.</summary>
    /// <param name="trained">The trained parameters.</param>
    /// <param name="world">The processes.</param>
    /// <param name="stages">
    /// The parameters of all stages, of which <paramref name="trained"/> are those of this one; null without stages.
    /// </param>
    /// <exception cref="ModelException">ZeRO is requested, but there are too few parameters to divide.</exception>
    public GradientExchange(TrainedParameters trained, World world, StageParameters? stages = null)
    {
        (_trained, _world, _ranks) = (trained, world, world.Data);
        _traffic = new Traffic(_ranks.Size);
        _layout = new FlatLayout([.. trained.All.Select(parameter => parameter.Value.numel())], _ranks.Size);
        Tensor first = trained.All[0].Value;
        long longest = _ranks.Size > 1 ? _layout.Longest : 0;
        _whole = zeros([longest], first.dtype, first.device).DetachFromDisposeScope();
        _part = zeros([longest / _ranks.Size], first.dtype, first.device).DetachFromDisposeScope();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable untracked = no_grad();
        foreach (Tensor tensor in trained.All.Select(parameter => (Tensor)parameter.Value).Concat(trained.Buffers.Values))
            _ranks.Broadcast(FlatTensor.Of(tensor));
        // Those of an adapter are whole.
        foreach (NamedParameter parameter in trained.All.Where(parameter => !trained.Divisions.ContainsKey(parameter.Name)))
            world.Tensor.Broadcast(FlatTensor.Of(parameter.Value));
        _squares = new double[_layout.Buckets.Count];
        _counted = [.. Enumerable.Range(0, trained.All.Count).Where(IsCounted)];
        _shards = world.Zero > 0 && _ranks.Size > 1 ? new ShardedParameters(trained, _layout, _ranks) : null;
        _kept = world.Zero > 1 && _ranks.Size > 1 ? new GradientShard(trained, _layout, Reduce) : null;

        // Processes that divide the layers have the same gradients of parameters that are not divided, and stages those of parameters
        // outside the layers; the first of them counts these.
        bool IsCounted(int index) =>
            (world.Tensor.Rank == 0 || trained.Divisions.ContainsKey(trained.All[index].Name))
            && (world.Pipeline.Rank == 0 || stages?.OwnerOf(trained.All[index]) is not null);
    }

    /// <summary>Returns what was exchanged since the last call: gradients, and parameters that others have updated.</summary>
    public TrafficFigures TakeTraffic() => _traffic.Take();

    /// <summary>The parameters that this rank's optimizer updates: all, or pieces that share their memory.</summary>
    public IReadOnlyList<ParameterGroup> Groups => _shards?.Groups ?? _trained.Groups;

    /// <summary>The divided parameters; null if every rank updates all.</summary>
    public ShardedParameters? Shards => _shards;

    /// <summary>Adds up numbers over all ranks.</summary>
    /// <param name="numbers">The numbers of this rank.</param>
    public long[] Sum(params long[] numbers)
    {
        using Tensor sums = tensor(numbers);
        _ranks.AllReduce(sums);
        return sums.data<long>().ToArray();
    }

    /// <summary>
    /// Lets the step's last backward pass reduce gradients as soon as they are complete, until disposed (ZeRO, stage 2). Null if it does
    /// not. Called by all ranks, or none, in a step.
    /// </summary>
    public IDisposable? ReduceInBackward() => _kept?.InBackward();

    /// <summary>
    /// Adds up the losses and the gradients of all ranks. A parameter without a gradient on every rank keeps none.
    /// </summary>
    /// <param name="loss">This rank's share of the loss.</param>
    /// <returns>The sum of the losses, the same on all ranks.</returns>
    public double Reduce(double loss)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable untracked = no_grad();
        int[] remaining = [.. _kept?.Remaining() ?? Enumerable.Range(0, _layout.Buckets.Count)];
        Tensor numbers = tensor((double[])[loss, .. _trained.All.Select(
            (parameter, i) => parameter.Value.grad is not null || _kept?.IsFreed(i) == true ? 1.0 : 0)]);
        _traffic.Measure(bytes: 0, () => _ranks.AllReduce(numbers));
        double[] sums = numbers.data<double>().ToArray();
        bool[] has = [.. sums.Skip(1).Select(sum => sum > 0)];
        foreach (int i in Enumerable.Range(0, has.Length).Where(i => has[i] && _kept?.IsFreed(i) != true))
            Align(i);
        foreach (int bucket in remaining)
            Reduce(bucket);
        if (_kept is null)
            _shards?.SetGradients((_, piece) => Gradient(piece));
        else
            _shards!.SetGradients((bucket, piece) => !has[piece.Parameter] ? null : _kept.PartOf(bucket)
                .narrow(0, piece.Offset - _ranks.Rank * _layout.Buckets[bucket].Part, piece.Length));
        return sums[0];
    }

    /// <summary>Scales all gradients together so that their 2-norm is at most a maximum.</summary>
    /// <param name="maximum">More than 0; 0 to measure only.</param>
    /// <returns>The norm before, the same on all ranks. If it is not finite, the gradients are unchanged.</returns>
    public double Clip(double maximum)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable untracked = no_grad();
        Tensor squares = zeros([_world.All.Size], ScalarType.Float64);
        _world.All.AllGather(squares, tensor((double[])[_squares.Sum()]));
        double norm = Math.Sqrt(squares.data<double>().ToArray().Sum());
        if (maximum > 0 && double.IsFinite(norm) && norm > maximum)
        {
            // The constant 1e-6 is that of torch.nn.utils.clip_grad_norm_.
            using Scalar factor = maximum / (norm + 1e-6);
            foreach (NamedParameter parameter in Groups.SelectMany(group => group.Parameters))
                parameter.Value.grad?.mul_(factor);
        }

        return norm;
    }

    /// <summary>Collects the parameters that the other ranks have updated.</summary>
    public void CollectParameters() => _shards?.CollectParameters(_whole, _traffic);

    /// <summary>Drops all gradients.</summary>
    public void DropGradients()
    {
        foreach (NamedParameter parameter in _trained.All)
            parameter.Value.grad = null;
        _kept?.Restart();
    }

    /// <summary>Frees the buffers and pieces; parameters and gradients are kept.</summary>
    public void Dispose()
    {
        _whole.Dispose();
        _part.Dispose();
        _kept?.Dispose();
        _shards?.Dispose();
    }

    private void Reduce(int index)
    {
        using DisposeScope scope = NewDisposeScope();
        FlatBucket bucket = _layout.Buckets[index];
        if (_ranks.Size == 1)
        {
            // The processes divide only layers, or their sequence.
            SetSquares(index, Gradient);
            return;
        }

        Tensor whole = _whole.narrow(0, 0, bucket.Length).zero_();
        Tensor part = _kept?.PartOf(index) ?? _part.narrow(0, 0, bucket.Part);
        foreach (FlatPiece piece in bucket.Pieces.SelectMany(pieces => pieces))
        {
            if (Gradient(piece) is { } gradient)
                whole.narrow(0, piece.Offset, piece.Length).copy_(gradient);
        }

        long bytes = bucket.Length * whole.ElementSize;
        _traffic.Measure(bytes, () => _ranks.ReduceScatter(part, whole));
        SetSquares(index, piece => part.narrow(0, piece.Offset - _ranks.Rank * bucket.Part, piece.Length));
        if (_kept is not null)
        {
            _kept.Free(index);
            return;
        }

        if (_shards is null)
            _traffic.Measure(bytes, () => _ranks.AllGather(whole, part));
        else
            whole.narrow(0, _ranks.Rank * bucket.Part, bucket.Part).copy_(part);
        foreach (FlatPiece piece in _shards is null ? bucket.Pieces.SelectMany(pieces => pieces) : bucket.Pieces[_ranks.Rank])
            Gradient(piece)?.copy_(whole.narrow(0, piece.Offset, piece.Length));
    }

    private void SetSquares(int index, Func<FlatPiece, Tensor?> gradientOf) => _squares[index] = _layout.Buckets[index].Pieces[_ranks.Rank]
        .Where(piece => _counted.Contains(piece.Parameter)).Select(gradientOf).OfType<Tensor>().Sum(Square);

    private static double Square(Tensor numbers)
    {
        double norm = numbers.norm().to(ScalarType.Float64).item<double>();
        return norm * norm;
    }

    // A part of a gradient as a vector, in the order of the parameter's memory; null if there is none.
    private Tensor? Gradient(FlatPiece piece)
    {
        Parameter parameter = _trained.All[piece.Parameter].Value;
        return parameter.grad is { } gradient
            ? FlatTensor.Of(FlatTensor.Ordered(gradient, parameter)).narrow(0, piece.Start, piece.Length) : null;
    }

    // Gives a parameter a gradient in the order of its memory; zero if only other ranks have one.
    private void Align(int index)
    {
        Parameter parameter = _trained.All[index].Value;
        Tensor gradient = parameter.grad is { } own ? FlatTensor.Ordered(own, parameter) : zeros_like(parameter, requires_grad: false);
        if (!ReferenceEquals(gradient, parameter.grad))
            parameter.grad = gradient;
    }
}
