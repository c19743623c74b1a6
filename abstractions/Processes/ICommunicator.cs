namespace Tenon;

/// <summary>
/// A group of processes, its ranks, that exchange tensors. All ranks of a group call the same collectives in the same order, with
/// tensors of equal shape and type. The members without <c>Start</c> wait for the result, at most <see cref="Timeout"/>. Tensors
/// are contiguous and stay owned by the caller. Sums and maxima take float32, float64, int32 and int64; the other members take any
/// type. Every rank gets the same bits from a reduction. Used by one thread at a time.
/// </summary>
public interface ICommunicator : IDisposable
{
    /// <summary>This process in the group, in [0, <see cref="Size"/>).</summary>
    int Rank { get; }

    /// <summary>Number of processes in the group, at least 1.</summary>
    int Size { get; }

    /// <summary>This process among those of the group on the same host, from 0.</summary>
    int LocalRank { get; }

    /// <summary>Name and version of the library that communicates: <c>Open MPI 4.1.4</c>.</summary>
    string Engine { get; }

    /// <summary>How long a call waits for other ranks; more than zero. Groups made by <see cref="Split"/> start with the same.</summary>
    TimeSpan Timeout { get; set; }

    /// <summary>Divides the group: ranks with equal colors form a new group. Called by all ranks of this one.</summary>
    /// <param name="color">The new group of this rank, at least 0.</param>
    /// <param name="key">Orders the ranks of the new group; of equal keys, the lower rank comes first.</param>
    /// <returns>The new group. The caller disposes it before this one.</returns>
    /// <exception cref="CommunicationException">The communication failed.</exception>
    ICommunicator Split(int color, int key);

    /// <summary>Starts to combine a tensor over all ranks, in place.</summary>
    /// <param name="tensor">Any shape.</param>
    /// <param name="reduction">How to combine.</param>
    /// <exception cref="ArgumentException">The tensor is not contiguous, or its type cannot be reduced.</exception>
    /// <exception cref="CommunicationException">The communication failed.</exception>
    IWork StartAllReduce(Tensor tensor, Reduction reduction = Reduction.Sum);

    /// <summary>Starts to copy a tensor from one rank to all others, in place.</summary>
    /// <param name="tensor">Any shape and type.</param>
    /// <param name="root">The rank whose values are copied.</param>
    /// <exception cref="ArgumentException">The tensor is not contiguous.</exception>
    /// <exception cref="CommunicationException">The communication failed.</exception>
    IWork StartBroadcast(Tensor tensor, int root = 0);

    /// <summary>Starts to collect a tensor of each rank, in the order of the ranks.</summary>
    /// <param name="output">Receives the tensors of all ranks: <see cref="Size"/> times as many elements as the input.</param>
    /// <param name="input">
    /// The tensor of this rank. It may be the part of <paramref name="output"/> that belongs to this rank, but no other part.
    /// </param>
    /// <exception cref="ArgumentException">A tensor is not contiguous, or types or sizes do not match.</exception>
    /// <exception cref="CommunicationException">The communication failed.</exception>
    IWork StartAllGather(Tensor output, Tensor input);

    /// <summary>Starts to combine a tensor over all ranks, of which each rank gets one part, in the order of the ranks.</summary>
    /// <param name="output">Receives the part of this rank. Separate memory.</param>
    /// <param name="input"><see cref="Size"/> times as many elements as the output. Not changed.</param>
    /// <param name="reduction">How to combine.</param>
    /// <exception cref="ArgumentException">A tensor is not contiguous, or types or sizes do not match.</exception>
    /// <exception cref="CommunicationException">The communication failed.</exception>
    IWork StartReduceScatter(Tensor output, Tensor input, Reduction reduction = Reduction.Sum);

    /// <summary>Starts to send a tensor to another rank.</summary>
    /// <param name="tensor">Any shape and type.</param>
    /// <param name="destination">The rank that receives; not this one.</param>
    /// <param name="tag">Distinguishes messages between the same two ranks, in [0, 32767].</param>
    /// <exception cref="ArgumentException">The tensor is not contiguous.</exception>
    /// <exception cref="CommunicationException">The communication failed.</exception>
    IWork StartSend(Tensor tensor, int destination, int tag = 0);

    /// <summary>Starts to receive a tensor from another rank.</summary>
    /// <param name="tensor">Receives the values; as many bytes as the sender's tensor.</param>
    /// <param name="source">The rank that sends; not this one.</param>
    /// <param name="tag">The sender's tag.</param>
    /// <exception cref="ArgumentException">The tensor is not contiguous.</exception>
    /// <exception cref="CommunicationException">The communication failed.</exception>
    IWork StartReceive(Tensor tensor, int source, int tag = 0);

    /// <summary>Waits until all ranks have called it.</summary>
    /// <exception cref="CommunicationException">The communication failed, or a rank did not take part in time.</exception>
    void Barrier();

    /// <summary>
    /// Ends all processes of the job at once, without their <c>finally</c> blocks. For failures that the other ranks cannot notice.
    /// Does not return.
    /// </summary>
    /// <param name="exitCode">The exit code of the job, in [1, 255].</param>
    void Abort(int exitCode);

    /// <summary>Combines a tensor over all ranks, in place.</summary>
    /// <inheritdoc cref="StartAllReduce"/>
    void AllReduce(Tensor tensor, Reduction reduction = Reduction.Sum) => Complete(StartAllReduce(tensor, reduction));

    /// <summary>Copies a tensor from one rank to all others, in place.</summary>
    /// <inheritdoc cref="StartBroadcast"/>
    void Broadcast(Tensor tensor, int root = 0) => Complete(StartBroadcast(tensor, root));

    /// <summary>Collects a tensor of each rank, in the order of the ranks.</summary>
    /// <inheritdoc cref="StartAllGather"/>
    void AllGather(Tensor output, Tensor input) => Complete(StartAllGather(output, input));

    /// <summary>Combines a tensor over all ranks, of which each rank gets one part, in the order of the ranks.</summary>
    /// <inheritdoc cref="StartReduceScatter"/>
    void ReduceScatter(Tensor output, Tensor input, Reduction reduction = Reduction.Sum) =>
        Complete(StartReduceScatter(output, input, reduction));

    /// <summary>Sends a tensor to another rank; returns when the tensor may be changed.</summary>
    /// <inheritdoc cref="StartSend"/>
    void Send(Tensor tensor, int destination, int tag = 0) => Complete(StartSend(tensor, destination, tag));

    /// <summary>Receives a tensor from another rank.</summary>
    /// <inheritdoc cref="StartReceive"/>
    void Receive(Tensor tensor, int source, int tag = 0) => Complete(StartReceive(tensor, source, tag));

    private void Complete(IWork work)
    {
        using (work)
            work.Wait(Timeout);
    }
}
