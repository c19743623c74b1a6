using static TorchSharp.torch;

namespace Tenon.Host.Processes;

/// <summary>The processes of a run, and the place of this one.</summary>
/// <param name="mesh">Their groups. Not owned.</param>
/// <param name="zero">Stage of ZeRO.</param>
internal sealed class World(Mesh mesh, int zero)
{
    /// <summary>Processes that all divide each batch.</summary>
    /// <param name="all">The processes. Not owned.</param>
    /// <param name="zero">Stage of ZeRO.</param>
    public World(ICommunicator all, int zero) : this(new Mesh(all, new ParallelLayout(all.Size, Tensor: 1, Pipeline: 1)), zero) { }

    /// <summary>A process that runs alone.</summary>
    public static World Single => new(new SingleProcess(), zero: 0);

    /// <summary>All processes.</summary>
    public ICommunicator All => mesh.All;

    /// <summary>The processes that divide each batch.</summary>
    public ICommunicator Data => mesh.Data;

    /// <summary>The processes that divide each layer.</summary>
    public TensorRanks Tensor { get; } = new(mesh.Tensor);

    /// <summary>The processes that divide the sequence of layers, in the order of the stages.</summary>
    public ICommunicator Pipeline => mesh.Pipeline;

    /// <summary>
    /// The stage of ZeRO: 1 if each process keeps the optimizer's state of a part of the parameters, 2 if also only their gradients.
    /// </summary>
    public int Zero => zero;

    /// <summary>Chunks of layers of each stage of the pipeline, at least 1; with several, stages pass micro-batches on in turn.</summary>
    public int Chunks { get; init; } = 1;

    /// <summary>Whether the processes that divide each layer also divide the sequence outside its maps.</summary>
    public bool DividesSequence { get; init; }

    /// <summary>Whether there are several processes.</summary>
    public bool IsParallel => All.Size > 1;

    /// <summary>Whether this process writes files and reports progress.</summary>
    public bool IsWriter => All.Rank == 0;

    /// <summary>Whether this process computes together with the writer, on the same rows.</summary>
    public bool IsWithWriter => Data.Rank == 0 && Pipeline.Rank == 0;

    /// <summary>
    /// Whether all processes stop after the same step because the user asked for it, so that they end without an error of their own.
    /// </summary>
    public bool HasAgreedToStop { get; set; }

    /// <summary>
    /// Combines flags of all processes: each is set in all processes if it is set in one. Called by all processes at the same time.
    /// </summary>
    /// <param name="flags">The flags of this process.</param>
    public bool[] Any(params bool[] flags)
    {
        if (!IsParallel)
            return flags;
        using Tensor numbers = tensor(Array.ConvertAll(flags, flag => flag ? 1L : 0));
        All.AllReduce(numbers, Reduction.Maximum);
        return Array.ConvertAll(numbers.data<long>().ToArray(), number => number != 0);
    }

    /// <summary>Returns the writer's numbers in all processes. Called by all processes at the same time.</summary>
    /// <param name="numbers">The numbers of this process; as many in each process.</param>
    public double[] Broadcast(params double[] numbers)
    {
        if (!IsParallel)
            return numbers;
        using Tensor values = tensor(numbers);
        All.Broadcast(values);
        return values.data<double>().ToArray();
    }

    /// <summary>Returns the writer's text in all processes. Called by all processes at the same time.</summary>
    /// <param name="text">The text; only that of the writer is used.</param>
    public string Broadcast(string? text)
    {
        if (!IsParallel)
            return text ?? "";
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(IsWriter ? text ?? "" : "");
        int length = (int)Broadcast((double)bytes.Length)[0];
        if (length == 0)
            return "";
        using Tensor values = IsWriter ? tensor(bytes) : zeros([length], ScalarType.Byte);
        All.Broadcast(values);
        return System.Text.Encoding.UTF8.GetString(values.data<byte>().ToArray());
    }

    /// <summary>Returns the means of numbers over all processes. Called by all processes at the same time.</summary>
    /// <param name="numbers">The numbers of this process; as many in each process.</param>
    public double[] Mean(params double[] numbers)
    {
        using Tensor values = tensor(numbers);
        All.AllReduce(values);
        return [.. values.data<double>().ToArray().Select(sum => sum / All.Size)];
    }

    /// <summary>Waits until all processes have come here.</summary>
    public void Barrier()
    {
        if (IsParallel)
            All.Barrier();
    }

    /// <summary>
    /// Returns the number of the process on this host, from 0, and of all processes on it. Called by all processes at the same time.
    /// </summary>
    public (int Rank, int Count) OnHost()
    {
        if (!IsParallel)
            return (0, 1);
        string host = Environment.MachineName;
        using Tensor own = tensor((long[])[BitConverter.ToInt64(System.Security.Cryptography.SHA256.HashData(
            System.Text.Encoding.UTF8.GetBytes(host)))]);
        using Tensor hosts = zeros([All.Size], ScalarType.Int64);
        All.AllGather(hosts, own);
        long[] found = hosts.data<long>().ToArray();
        return (All.LocalRank, found.Count(each => each == found[All.Rank]));
    }
}
