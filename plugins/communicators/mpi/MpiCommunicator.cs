using System.Globalization;
using TorchSharp;

namespace Tenon.Mpi;

/// <summary>A group of processes that exchange tensors through MPI's nonblocking functions.</summary>
internal sealed unsafe class MpiCommunicator : ICommunicator
{
    // MPI counts elements in 32 bits.
    private const long MostElements = int.MaxValue;

    // MPI_THREAD_SERIALIZED: the thread that trains may change between the stages of a pipeline.
    private const int Serialized = 2;

    private static bool _isFinalized;

    private delegate int StartPart(nint address, int count, nint* request);

    private readonly MpiLibrary _library;
    private readonly nint _handle;
    private readonly bool _isWorld;

    private MpiCommunicator(MpiLibrary library, nint handle, bool isWorld)
    {
        (_library, _handle, _isWorld) = (library, handle, isWorld);
        (Rank, Size) = (Number("MPI_Comm_rank", handle), Number("MPI_Comm_size", handle));
        library.Check(
            ((delegate* unmanaged<nint, nint, int>)library.Export("MPI_Comm_set_errhandler"))(handle, library.Abi.ErrorsReturn),
            "MPI_Comm_set_errhandler");
        nint local = 0;
        library.Check(
            ((delegate* unmanaged<nint, int, int, nint, nint*, int>)library.Export("MPI_Comm_split_type"))(
                handle, library.Abi.SharedMemory, Rank, library.Abi.NoInfo, &local), "MPI_Comm_split_type");
        LocalRank = Number("MPI_Comm_rank", local);
        Free(&local);
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    public int LocalRank { get; }

    /// <inheritdoc/>
    public string Engine => _library.Version;

    /// <inheritdoc/>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Starts MPI and returns the group of all processes, whose disposal ends MPI.</summary>
    /// <param name="library">The library.</param>
    /// <exception cref="CommunicationException">MPI does not start, or has ended in this process.</exception>
    public static MpiCommunicator Connect(MpiLibrary library)
    {
        if (_isFinalized)
            throw new CommunicationException("MPI has ended in this process, and cannot start again. Use one host for all runs.");
        int started = 0;
        _ = ((delegate* unmanaged<int*, int>)library.Export("MPI_Initialized"))(&started);
        if (started == 0)
        {
            int provided = 0;
            library.Check(
                ((delegate* unmanaged<nint, nint, int, int*, int>)library.Export("MPI_Init_thread"))(0, 0, Serialized, &provided),
                "MPI_Init_thread");
        }

        return new MpiCommunicator(library, library.Abi.World, isWorld: true);
    }

    /// <inheritdoc/>
    public ICommunicator Split(int color, int key)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(color);
        nint part = 0;
        _library.Check(
            ((delegate* unmanaged<nint, int, int, nint*, int>)_library.Export("MPI_Comm_split"))(_handle, color, key, &part),
            "MPI_Comm_split");
        return new MpiCommunicator(_library, part, isWorld: false) { Timeout = Timeout };
    }

    /// <inheritdoc/>
    public IWork StartAllReduce(Tensor tensor, Reduction reduction = Reduction.Sum)
    {
        var memory = new TensorMemory(tensor, isRead: true);
        nint type = TypeOf(tensor);
        return InParts(
            "MPI_Iallreduce", Work("all-reduce", memory, memory), memory, tensor.ElementSize, (address, count, request) =>
                _library.AllReduce(_library.Abi.InPlace, address, count, type, Operation(reduction), _handle, request));
    }

    /// <inheritdoc/>
    public IWork StartBroadcast(Tensor tensor, int root = 0)
    {
        CheckRank(root, nameof(root));
        var memory = new TensorMemory(tensor, isRead: Rank == root);
        return InParts(
            "MPI_Ibcast", Work("broadcast", Rank == root ? null : memory, memory), memory, elementSize: 1, (address, count, request) =>
                _library.Broadcast(address, count, _library.Abi.Byte, root, _handle, request));
    }

    /// <inheritdoc/>
    public IWork StartAllGather(Tensor output, Tensor input)
    {
        (TensorMemory whole, TensorMemory part) = Pair(output, input, wholeIsRead: false);
        MpiWork work = Work("all-gather", whole, whole, part);
        bool isInPlace = part.Address == whole.Address + (nint)(Rank * part.Bytes);
        nint request = 0;
        int count = Count(part.Bytes);
        _library.Check(
            _library.AllGather(isInPlace ? _library.Abi.InPlace : part.Address, count, _library.Abi.Byte, whole.Address, count,
                _library.Abi.Byte, _handle, &request), "MPI_Iallgather");
        work.Add(request);
        return work;
    }

    /// <inheritdoc/>
    public IWork StartReduceScatter(Tensor output, Tensor input, Reduction reduction = Reduction.Sum)
    {
        (TensorMemory whole, TensorMemory part) = Pair(input, output, wholeIsRead: true);
        MpiWork work = Work("reduce-scatter", part, whole, part);
        nint request = 0;
        _library.Check(
            _library.ReduceScatter(whole.Address, part.Address, Count(part.Elements), TypeOf(input), Operation(reduction), _handle,
                &request), "MPI_Ireduce_scatter_block");
        work.Add(request);
        return work;
    }

    /// <inheritdoc/>
    public IWork StartSend(Tensor tensor, int destination, int tag = 0)
    {
        CheckRank(destination, nameof(destination), isOther: true);
        var memory = new TensorMemory(tensor, isRead: true);
        return InParts(
            "MPI_Isend", Work($"sending to rank {destination}", null, memory), memory, elementSize: 1, (address, count, request) =>
                _library.Send(address, count, _library.Abi.Byte, destination, tag, _handle, request));
    }

    /// <inheritdoc/>
    public IWork StartReceive(Tensor tensor, int source, int tag = 0)
    {
        CheckRank(source, nameof(source), isOther: true);
        var memory = new TensorMemory(tensor, isRead: false);
        return InParts(
            "MPI_Irecv", Work($"receiving from rank {source}", memory, memory), memory, elementSize: 1, (address, count, request) =>
                _library.Receive(address, count, _library.Abi.Byte, source, tag, _handle, request));
    }

    /// <inheritdoc/>
    public void Barrier()
    {
        nint request = 0;
        _library.Check(_library.Barrier(_handle, &request), "MPI_Ibarrier");
        using MpiWork work = Work("barrier", null);
        work.Add(request);
        work.Wait(Timeout);
    }

    /// <inheritdoc/>
    public void Abort(int exitCode)
    {
        _ = ((delegate* unmanaged<nint, int, int>)_library.Export("MPI_Abort"))(_library.Abi.World, exitCode);
        Environment.Exit(exitCode);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isWorld)
        {
            if (_isFinalized)
                return;
            _isFinalized = true;
            _ = ((delegate* unmanaged<int>)_library.Export("MPI_Finalize"))();
            return;
        }

        nint handle = _handle;
        if (!_isFinalized)
            Free(&handle);
    }

    private MpiWork Work(string what, TensorMemory? result, params TensorMemory[] memory) =>
        new(_library, what, string.Create(CultureInfo.InvariantCulture, $"{Size} ranks (this is rank {Rank})"), memory, result);

    // Splits what is longer than MPI can count. All ranks split alike.
    private MpiWork InParts(string function, MpiWork work, TensorMemory memory, long elementSize, StartPart start)
    {
        long units = memory.Bytes / elementSize;
        for (long done = 0; done < units; done += MostElements)
        {
            nint request = 0;
            int count = (int)Math.Min(MostElements, units - done);
            _library.Check(start(memory.Address + (nint)(done * elementSize), count, &request), function);
            work.Add(request);
        }

        return work;
    }

    private (TensorMemory Whole, TensorMemory Part) Pair(Tensor whole, Tensor part, bool wholeIsRead)
    {
        if (whole.dtype != part.dtype || whole.numel() != part.numel() * Size)
            throw new ArgumentException($"The larger tensor is {whole.dtype} [{string.Join(", ", whole.shape)}] and the smaller one " +
                $"{part.dtype} [{string.Join(", ", part.shape)}]; for {Size} ranks, it must have {Size} times as many elements of the " +
                "same type.", nameof(whole));
        return (new TensorMemory(whole, wholeIsRead), new TensorMemory(part, !wholeIsRead));
    }

    private nint TypeOf(Tensor tensor) => tensor.dtype switch
    {
        torch.ScalarType.Float32 => _library.Abi.Single,
        torch.ScalarType.Float64 => _library.Abi.Double,
        torch.ScalarType.Int32 => _library.Abi.Int32,
        torch.ScalarType.Int64 => _library.Abi.Int64,
        var other => throw new ArgumentException(
            $"Numbers of type {other} cannot be reduced; allowed: float32, float64, int32, int64.", nameof(tensor)),
    };

    private nint Operation(Reduction reduction) => reduction switch
    {
        Reduction.Sum => _library.Abi.Sum,
        Reduction.Maximum => _library.Abi.Maximum,
        _ => throw new ArgumentOutOfRangeException(nameof(reduction), reduction, "Allowed: Sum, Maximum."),
    };

    private static int Count(long count) => count <= MostElements ? (int)count : throw new ArgumentException(
        $"A rank's part has {count} units, but MPI counts at most {MostElements}. Divide the tensor.", nameof(count));

    private void CheckRank(int rank, string name, bool isOther = false)
    {
        if (rank < 0 || rank >= Size || (isOther && rank == Rank))
            throw new ArgumentOutOfRangeException(name, rank, $"This is rank {Rank} of {Size}{(isOther ? "; name another one" : "")}.");
    }

    private int Number(string function, nint handle)
    {
        int number = 0;
        _library.Check(((delegate* unmanaged<nint, int*, int>)_library.Export(function))(handle, &number), function);
        return number;
    }

    private void Free(nint* handle) => _ = ((delegate* unmanaged<nint*, int>)_library.Export("MPI_Comm_free"))(handle);
}
