using System.Collections.Concurrent;
using System.Diagnostics;
using TorchSharp;

namespace Tenon.Host.Data;

/// <summary>
/// Creates a source's batches in advance on a worker thread. Order and content are the source's: batch n is the same with or
/// without prefetching. Used by one thread.
/// </summary>
/// <param name="source">The source of batches. Only the worker calls it.</param>
/// <param name="ahead">Maximum number of batches in the queue; 0 to create batches on demand on the caller's thread.</param>
internal sealed class BatchPrefetch(IBatchSource source, int ahead) : IDisposable
{
    private Worker? worker;
    private long next;
    private long waited;

    /// <summary>Time the caller spent waiting for batches.</summary>
    public TimeSpan Waited => Stopwatch.GetElapsedTime(0, waited);

    /// <summary>Returns the batch at an index; the caller disposes it. Fast for consecutive indices.</summary>
    /// <param name="index">Any non-negative number.</param>
    /// <exception cref="Exception">The exception that the source threw for this batch.</exception>
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

        // The worker ends at the first failure, so the failed batch is the last one.
        next = -1;
        Batch batch = worker.Take();
        next = index + 1;
        waited += Stopwatch.GetTimestamp() - start;
        return batch;
    }

    /// <summary>Stops the worker and disposes unused batches.</summary>
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

        // The task is complete: GetResult returns the batch, or rethrows the source's exception with its stack trace.
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
            // The scope disposes tensors that a collate function forgot to dispose; a batch has already detached its own.
            using var scope = torch.NewDisposeScope();
            try
            {
                return Task.FromResult(source.Get(index));
            }
            catch (Exception failure)
            {
                // The failure is not hidden: Take rethrows it on the training thread.
                return Task.FromException<Batch>(failure);
            }
        }
    }
}
