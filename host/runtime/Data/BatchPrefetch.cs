using System.Collections.Concurrent;
using System.Diagnostics;
using TorchSharp;

namespace Tenon.Host.Data;

/// <summary>
/// Batches of a source, made ahead of their use on a worker thread. Order and content are the source's: batch n is the
/// same whether it was made ahead or not. Used by one thread.
/// </summary>
/// <param name="source">Where batches come from. Only the worker calls it.</param>
/// <param name="ahead">Most batches waiting; 0: each is made when it is asked for, on the caller's thread.</param>
internal sealed class BatchPrefetch(IBatchSource source, int ahead) : IDisposable
{
    private Worker? worker;
    private long next;
    private long waited;

    /// <summary>Time that the caller has spent waiting for batches.</summary>
    public TimeSpan Waited => Stopwatch.GetElapsedTime(0, waited);

    /// <summary>The batch of an index; the caller disposes it. Quick when indices follow each other.</summary>
    /// <param name="index">Any non-negative number.</param>
    /// <exception cref="Exception">Whatever the source threw when it made this batch.</exception>
    public Batch Get(long index)
    {
        if (ahead == 0)
            return source.Get(index);
        long start = Stopwatch.GetTimestamp();
        if (worker is null || index != next)
        {
            worker?.Dispose();
            worker = new Worker(source, index, ahead);
        }

        // A worker ends with the first failure: until its batch is there, no index follows.
        next = -1;
        Batch batch = worker.Take();
        next = index + 1;
        waited += Stopwatch.GetTimestamp() - start;
        return batch;
    }

    /// <summary>Ends the worker and disposes the batches that nobody took.</summary>
    public void Dispose()
    {
        worker?.Dispose();
        worker = null;
    }

    private sealed class Worker : IDisposable
    {
        private readonly BlockingCollection<Task<Batch>> ready;
        private readonly CancellationTokenSource ending = new();
        private readonly Thread thread;

        public Worker(IBatchSource source, long first, int ahead)
        {
            ready = new BlockingCollection<Task<Batch>>(ahead);
            thread = new Thread(() => Fill(source, first)) { IsBackground = true, Name = "batches ahead" };
            thread.Start();
        }

        // A task that is done: GetResult hands out the batch, or throws what the source threw with its own stack trace.
        public Batch Take() => ready.Take().GetAwaiter().GetResult();

        public void Dispose()
        {
            ending.Cancel();
            thread.Join();
            while (ready.TryTake(out Task<Batch>? left))
            {
                if (left.IsCompletedSuccessfully)
                    left.Result.Dispose();
            }

            ready.Dispose();
            ending.Dispose();
        }

        private void Fill(IBatchSource source, long index)
        {
            while (!ending.IsCancellationRequested)
            {
                Task<Batch> made = Make(source, index++);
                try
                {
                    ready.Add(made, ending.Token);
                }
                catch (OperationCanceledException)
                {
                    if (made.IsCompletedSuccessfully)
                        made.Result.Dispose();
                    return;
                }

                if (made.IsFaulted)
                    return;
            }
        }

        private static Task<Batch> Make(IBatchSource source, long index)
        {
            // Whatever a collate function forgets goes with the scope; a batch has detached its own tensors.
            using var scope = torch.NewDisposeScope();
            try
            {
                return Task.FromResult(source.Get(index));
            }
            catch (Exception failure)
            {
                // Not hidden: thrown again on the training thread by Take.
                return Task.FromException<Batch>(failure);
            }
        }
    }
}
