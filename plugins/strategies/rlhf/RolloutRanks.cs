namespace Tenon.Rlhf;

/// <summary>
/// The processes that divide a rollout. Each samples, evaluates and scores its rows; then all get everything, because advantages depend on
/// all rows and every minibatch is divided equally. With one process, nothing is copied or exchanged.
/// </summary>
/// <param name="ranks">The processes.</param>
internal sealed class RolloutRanks(ICommunicator ranks)
{
    /// <summary>Number of processes.</summary>
    public int Count => ranks.Size;

    /// <summary>Whether a condition holds in any process. Called by all processes at the same time.</summary>
    /// <param name="condition">Whether it holds in this one.</param>
    public bool Any(bool condition)
    {
        if (Count == 1)
            return condition;
        using Tensor flag = torch.tensor((long[])[condition ? 1 : 0]);
        ranks.AllReduce(flag, Reduction.Maximum);
        return flag.item<long>() != 0;
    }

    /// <summary>Samples the rows of this process; each draws the random numbers of its place in the whole batch.</summary>
    /// <param name="policy">Samples.</param>
    /// <param name="inputs">The inputs of all processes, whose number of rows is a multiple of <see cref="Count"/>. Not disposed.</param>
    /// <param name="options">How actions are sampled.</param>
    /// <param name="random">The same in all processes.</param>
    /// <param name="stop">Cancels the sampling.</param>
    /// <exception cref="ModelException">The inputs are pairs of rows, which cannot be divided.</exception>
    public Rollout Sample(IPolicy policy, Batch inputs, SamplingOptions options, SeededRandom random, CancellationToken stop)
    {
        if (Count == 1)
            return policy.Sample(inputs, options, random, stop);
        long rows = inputs.RowTargets!.Count, own = rows / Count;
        using Batch divided = inputs.Rows(ranks.Rank * own, own);
        BatchPart part = BatchPart.Of(divided, ranks.Rank * own, rows);
        if (part.Blocks > 1)
            throw new ModelException($"An example has {part.Blocks} rows, so {Count} processes cannot divide a rollout. Use data with " +
                "one prompt per example, or start one process.");
        using IDisposable current = BatchPart.Enter(part);
        return policy.Sample(divided, options, random, stop);
    }

    /// <summary>
    /// Returns the share of this process in the groups of a minibatch: equally many in each process, and first of all those that it has
    /// sampled.
    /// </summary>
    /// <param name="groups">Indices of groups, ordered by process; their number is a multiple of <see cref="Count"/>.</param>
    public IEnumerable<long> Share(long[] groups)
    {
        int share = groups.Length / Count;
        return Count == 1 ? groups : groups.Order().Skip(ranks.Rank * share).Take(share);
    }

    /// <summary>Returns the largest number of any process. Called by all processes at the same time.</summary>
    /// <param name="number">The number of this process.</param>
    public long Largest(long number)
    {
        using Tensor largest = torch.tensor((long[])[number]);
        ranks.AllReduce(largest, Reduction.Maximum);
        return largest.item<long>();
    }

    /// <summary>Returns the sums of numbers over all processes. Called by all processes at the same time.</summary>
    /// <param name="numbers">The numbers of this process; as many in each process.</param>
    public double[] Sum(double[] numbers)
    {
        if (Count == 1)
            return numbers;
        using Tensor sums = torch.tensor(numbers);
        ranks.AllReduce(sums);
        return sums.data<double>().ToArray();
    }

    /// <summary>Returns the numbers of all processes, in their order.</summary>
    /// <param name="numbers">The numbers of this process; as many in each process.</param>
    public double[] Gather(double[] numbers)
    {
        using Tensor own = torch.tensor(numbers), all = torch.zeros([Count * (long)numbers.Length], torch.ScalarType.Float64);
        ranks.AllGather(all, own);
        return all.data<double>().ToArray();
    }

    /// <summary>Returns the rows of all processes, in their order.</summary>
    /// <param name="rows">[B, T] of this process; B is the same in each process.</param>
    /// <param name="columns">The largest T of any process; shorter rows are padded with 0.</param>
    /// <returns>[B · processes, columns] in the current dispose scope; the same object with one process.</returns>
    public Tensor Gather(Tensor rows, long columns)
    {
        if (Count == 1)
            return rows;
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor own = torch.nn.functional.pad(rows, [0, columns - rows.size(1)]).contiguous();
        Tensor all = torch.empty([Count * own.size(0), columns], own.dtype, own.device);
        ranks.AllGather(all, own);
        return all.MoveToOuterDisposeScope();
    }

    /// <summary>Returns the rollouts of all processes, in their order.</summary>
    /// <param name="own">The rollout of this process, which is part of the result.</param>
    public Rollout[] Gather(Rollout own)
    {
        if (Count == 1)
            return [own];
        using DisposeScope scope = torch.NewDisposeScope();
        string[] names = [.. own.States.Names.Order(StringComparer.Ordinal)];
        Tensor[] tensors = [.. names.Select(name => own.States[name]), own.LogProbabilities, own.Mask];
        long[][] sizes = [.. Sizes(tensors)];
        return [.. sizes.Select((shapes, rank) =>
        {
            Tensor[] found = Broadcast(tensors, shapes, rank);
            long rows = found[^1].size(0);
            return rank == ranks.Rank ? own
                : new Rollout(new Batch(names.Zip(found, KeyValuePair.Create), rows, rows), found[^2], found[^1]);
        })];
    }

    // The sizes of all tensors in each process.
    private IEnumerable<long[]> Sizes(Tensor[] tensors)
    {
        using Tensor own = torch.tensor(tensors.SelectMany(tensor => tensor.shape).ToArray());
        using Tensor all = torch.zeros([Count * own.numel()], torch.ScalarType.Int64);
        ranks.AllGather(all, own);
        return all.data<long>().ToArray().Chunk((int)own.numel());
    }

    // The tensors of one process, like those of this one but for their sizes.
    private Tensor[] Broadcast(Tensor[] tensors, long[] sizes, int rank)
    {
        int at = 0;
        return Array.ConvertAll(tensors, tensor =>
        {
            long[] shape = sizes[at..(at += (int)tensor.ndim)];
            Tensor copy = rank == ranks.Rank ? tensor.contiguous() : torch.empty(shape, tensor.dtype, tensor.device);
            ranks.Broadcast(copy, rank);
            return copy;
        });
    }
}
