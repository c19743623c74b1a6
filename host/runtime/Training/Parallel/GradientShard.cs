using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace Tenon.Host.Training.Parallel;

/// <summary>
/// The part of the gradients that one rank keeps (ZeRO, stage 2). A parameter's own gradient is freed as soon as all buckets that contain
/// it are reduced: for the layers that report it (<see cref="LayerGradients"/>), during the step's last backward pass.
/// </summary>
internal sealed class GradientShard : IDisposable
{
    private readonly TrainedParameters _trained;
    private readonly FlatLayout _layout;
    private readonly Action<int> _reduce;
    private readonly Tensor _gradients;
    private readonly long[] _starts;
    private readonly int[][] _parameters;
    private readonly Dictionary<nint, int> _indices;
    private readonly bool[] _isReduced;
    private readonly int[] _left;
    private readonly HashSet<int> _complete = [];
    private ExceptionDispatchInfo? _failure;

    /// <summary>Allocates the part.</summary>
    /// <param name="trained">The trained parameters.</param>
    /// <param name="layout">Their division.</param>
    /// <param name="reduce">Reduces the bucket with an index.</param>
    public GradientShard(TrainedParameters trained, FlatLayout layout, Action<int> reduce)
    {
        (_trained, _layout, _reduce) = (trained, layout, reduce);
        Tensor first = trained.All[0].Value;
        _gradients = zeros([layout.Buckets.Sum(bucket => bucket.Part)], first.dtype, first.device).DetachFromDisposeScope();
        _starts = new long[layout.Buckets.Count];
        for (int i = 1; i < _starts.Length; i++)
            _starts[i] = _starts[i - 1] + layout.Buckets[i - 1].Part;
        _parameters = [.. layout.Buckets.Select(
            bucket => bucket.Pieces.SelectMany(pieces => pieces).Select(piece => piece.Parameter).Distinct().ToArray())];
        _indices = trained.All.Index().ToDictionary(each => each.Item.Value.Handle, each => each.Index);
        _isReduced = new bool[layout.Buckets.Count];
        _left = new int[trained.All.Count];
        Restart();
    }

    /// <summary>Whether the gradient of a parameter has been reduced and freed in this step.</summary>
    /// <param name="parameter">Its index.</param>
    public bool IsFreed(int parameter) => _complete.Contains(parameter) && _trained.All[parameter].Value.grad is null;

    /// <summary>The buckets that are still to be reduced in this step, in order.</summary>
    /// <exception cref="CommunicationException">The communication failed during the backward pass.</exception>
    public IEnumerable<int> Remaining()
    {
        _failure?.Throw();
        return Enumerable.Range(0, _isReduced.Length).Where(bucket => !_isReduced[bucket]);
    }

    /// <summary>Reduces gradients during the backward pass until disposed. Used by all ranks, or none, in a step.</summary>
    public IDisposable InBackward() => LayerGradients.Watch(Complete);

    /// <summary>This rank's part of a bucket's gradients, as a vector.</summary>
    /// <param name="bucket">Index of the bucket.</param>
    public Tensor PartOf(int bucket) => _gradients.narrow(0, _starts[bucket], _layout.Buckets[bucket].Part);

    /// <summary>Frees the gradients that are not needed any more, after a bucket was reduced.</summary>
    /// <param name="bucket">Index of the bucket.</param>
    public void Free(int bucket)
    {
        _isReduced[bucket] = true;
        foreach (int parameter in _parameters[bucket])
        {
            if (--_left[parameter] == 0)
                _trained.All[parameter].Value.grad = null;
        }
    }

    /// <summary>Begins another step.</summary>
    public void Restart()
    {
        Array.Clear(_isReduced);
        Array.Clear(_left);
        foreach (int parameter in _parameters.SelectMany(parameters => parameters))
            _left[parameter]++;
        _complete.Clear();
        _failure = null;
    }

    /// <summary>Frees the part.</summary>
    public void Dispose() => _gradients.Dispose();

    // An exception in the backward pass would end the process without a message.
    private void Complete(nn.Module layer)
    {
        if (_failure is not null)
            return;
        try
        {
            using IDisposable untracked = no_grad();
            foreach (TorchSharp.Modules.Parameter parameter in layer.parameters())
            {
                if (_indices.TryGetValue(parameter.Handle, out int index) && parameter.grad is not null)
                    _complete.Add(index);
            }

            for (int bucket = _parameters.Length - 1; bucket >= 0; bucket--)
            {
                if (!_isReduced[bucket] && _parameters[bucket].All(_complete.Contains))
                    _reduce(bucket);
            }
        }
        catch (Exception failure) when (failure is CommunicationException or System.Runtime.InteropServices.ExternalException)
        {
            _failure = ExceptionDispatchInfo.Capture(failure);
        }
    }
}
