using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace Tenon.Host.Processes;

/// <summary>
/// The processes that divide each layer, as the layers use them. Measures their communication, and holds its failures back during a
/// backward pass, in which an exception would end this process without a message.
/// </summary>
/// <param name="ranks">The processes. Not owned.</param>
internal sealed class TensorRanks(ICommunicator ranks) : ICommunicator
{
    private readonly Traffic _traffic = new(ranks.Size);
    private CommunicationException? _failure;
    private bool _holdsBack;

    /// <inheritdoc/>
    public int Rank => ranks.Rank;

    /// <inheritdoc/>
    public int Size => ranks.Size;

    /// <inheritdoc/>
    public int LocalRank => ranks.LocalRank;

    /// <inheritdoc/>
    public string Engine => ranks.Engine;

    /// <inheritdoc/>
    public TimeSpan Timeout
    {
        get => ranks.Timeout;
        set => ranks.Timeout = value;
    }

    /// <summary>Runs a backward pass. After a failure, it continues without communication, with meaningless results.</summary>
    /// <param name="backward">The pass.</param>
    /// <exception cref="CommunicationException">The communication failed.</exception>
    public void Backward(Action backward)
    {
        _holdsBack = true;
        try
        {
            backward();
        }
        finally
        {
            _holdsBack = false;
        }

        if (_failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Returns what was exchanged since the last call.</summary>
    public TrafficFigures TakeTraffic() => _traffic.Take();

    /// <inheritdoc/>
    public void AllReduce(Tensor tensor, Reduction reduction = Reduction.Sum) =>
        Communicate(2 * Bytes(tensor), () => ranks.AllReduce(tensor, reduction));

    /// <inheritdoc/>
    public void AllGather(Tensor output, Tensor input) => Communicate(Bytes(output), () => ranks.AllGather(output, input));

    /// <inheritdoc/>
    public void ReduceScatter(Tensor output, Tensor input, Reduction reduction = Reduction.Sum) =>
        Communicate(Bytes(input), () => ranks.ReduceScatter(output, input, reduction));

    /// <inheritdoc/>
    public void Broadcast(Tensor tensor, int root = 0) => Communicate(Bytes(tensor), () => ranks.Broadcast(tensor, root));

    /// <inheritdoc/>
    public ICommunicator Split(int color, int key) => ranks.Split(color, key);

    /// <inheritdoc/>
    public IWork StartAllReduce(Tensor tensor, Reduction reduction = Reduction.Sum) => ranks.StartAllReduce(tensor, reduction);

    /// <inheritdoc/>
    public IWork StartBroadcast(Tensor tensor, int root = 0) => ranks.StartBroadcast(tensor, root);

    /// <inheritdoc/>
    public IWork StartAllGather(Tensor output, Tensor input) => ranks.StartAllGather(output, input);

    /// <inheritdoc/>
    public IWork StartReduceScatter(Tensor output, Tensor input, Reduction reduction = Reduction.Sum) =>
        ranks.StartReduceScatter(output, input, reduction);

    /// <inheritdoc/>
    public IWork StartSend(Tensor tensor, int destination, int tag = 0) => ranks.StartSend(tensor, destination, tag);

    /// <inheritdoc/>
    public IWork StartReceive(Tensor tensor, int source, int tag = 0) => ranks.StartReceive(tensor, source, tag);

    /// <inheritdoc/>
    public void Barrier() => ranks.Barrier();

    /// <inheritdoc/>
    public void Abort(int exitCode) => ranks.Abort(exitCode);

    /// <summary>Does nothing: the processes are not owned.</summary>
    public void Dispose() { }

    private static long Bytes(Tensor tensor) => tensor.numel() * tensor.ElementSize;

    private void Communicate(long bytes, Action communicate)
    {
        // What the other ranks sent after a failure would be mistaken for something else.
        if (_failure is not null && _holdsBack)
            return;
        try
        {
            _traffic.Measure(bytes, communicate);
        }
        catch (CommunicationException failure) when (_holdsBack)
        {
            _failure = failure;
        }
    }
}
