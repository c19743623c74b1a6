using System.Collections.Concurrent;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Host.Tests.Training.Parallel;

/// <summary>Ranks that are threads of this process, so that what they exchange can be tested without an engine.</summary>
internal sealed class ThreadRanks(int size) : IDisposable
{
    private readonly Barrier _barrier = new(size);
    private readonly Tensor[] _posted = new Tensor[size];
    private readonly ThreadRanks?[] _newest = new ThreadRanks?[size];
    private readonly ConcurrentBag<ThreadRanks> _parts = [];

    /// <summary>Runs the same work on all ranks, and returns their results by rank.</summary>
    public static T[] Run<T>(int size, Func<ICommunicator, T> work)
    {
        using var ranks = new ThreadRanks(size);
        var results = new T[size];
        var failures = new Exception?[size];
        Thread[] threads = [.. Enumerable.Range(0, size).Select(rank => new Thread(() =>
        {
            try
            {
                results[rank] = work(new Rank(ranks, rank, size));
            }
            catch (Exception failure)
            {
                failures[rank] = failure;
                ranks._barrier.RemoveParticipant();
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        return failures.OfType<Exception>().ToArray() is [var first, ..]
            ? throw new AggregateException(first) : results;
    }

    /// <summary>Frees the barriers.</summary>
    public void Dispose()
    {
        foreach (ThreadRanks part in _parts)
            part.Dispose();
        _barrier.Dispose();
    }

    private void Exchange(int rank, Tensor tensor, Action<Tensor[]> read)
    {
        using DisposeScope scope = NewDisposeScope();
        _posted[rank] = tensor.detach().clone();
        _barrier.SignalAndWait();
        using (no_grad())
            read(_posted);
        _barrier.SignalAndWait();
    }

    private static Tensor Reduced(IEnumerable<Tensor> all, Reduction reduction) =>
        all.Aggregate((a, b) => reduction == Reduction.Sum ? a + b : maximum(a, b));

    private sealed class Rank(ThreadRanks ranks, int rank, int size) : ICommunicator
    {
        int ICommunicator.Rank => rank;

        public int Size => size;

        public int LocalRank => rank;

        public string Engine => "threads";

        public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(1);

        public ICommunicator Split(int color, int key)
        {
            using Tensor all = zeros([size, 2], ScalarType.Int64), own = tensor((long[])[color, key]);
            ((ICommunicator)this).AllGather(all, own);
            long[] numbers = all.data<long>().ToArray();
            int[] members = [.. Enumerable.Range(0, size).Where(each => numbers[2 * each] == color).OrderBy(each => numbers[2 * each + 1])];
            if (rank == members[0])
                ranks._parts.Add(ranks._newest[rank] = new ThreadRanks(members.Length));
            Barrier();
            return new Rank(ranks._newest[members[0]]!, Array.IndexOf(members, rank), members.Length);
        }

        public IWork StartAllReduce(Tensor tensor, Reduction reduction = Reduction.Sum)
        {
            ranks.Exchange(rank, tensor, all => tensor.copy_(Reduced(all, reduction)));
            return new Complete();
        }

        public IWork StartBroadcast(Tensor tensor, int root = 0)
        {
            ranks.Exchange(rank, tensor, all => tensor.copy_(all[root]));
            return new Complete();
        }

        public IWork StartAllGather(Tensor output, Tensor input)
        {
            ranks.Exchange(rank, input, all => output.view(-1).copy_(cat([.. all.Select(each => each.view(-1))])));
            return new Complete();
        }

        public IWork StartReduceScatter(Tensor output, Tensor input, Reduction reduction = Reduction.Sum)
        {
            ranks.Exchange(rank, input, all => output.view(-1).copy_(
                Reduced(all.Select(each => each.view(-1).narrow(0, rank * output.numel(), output.numel())), reduction)));
            return new Complete();
        }

        public IWork StartSend(Tensor tensor, int destination, int tag = 0) => throw new NotSupportedException();

        public IWork StartReceive(Tensor tensor, int source, int tag = 0) => throw new NotSupportedException();

        public void Barrier() => ranks._barrier.SignalAndWait();

        public void Abort(int exitCode) => throw new NotSupportedException();

        public void Dispose() { }
    }

    private sealed class Complete : IWork
    {
        public bool Test() => true;

        public void Wait(TimeSpan timeout) { }

        public void Dispose() { }
    }
}
