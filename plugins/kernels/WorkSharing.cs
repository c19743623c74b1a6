namespace Tenon.Kernels;

/// <summary>
/// Divides work into parts of a few microseconds, which the calling thread shares with threads of the pool. Each free thread
/// takes the next part, so a thread that wakes late or loses its core delays only the part that it has begun.
/// </summary>
internal sealed class WorkSharing : IThreadPoolWorkItem
{
    private readonly Action<int> _part;
    private readonly int _parts;
    private int _taken;
    private int _done;

    private WorkSharing(int parts, Action<int> part) => (_parts, _part) = (parts, part);

    /// <summary>Runs all parts and returns when the last one is done.</summary>
    /// <param name="threads">Maximum number of threads, including the calling one.</param>
    /// <param name="parts">Number of parts.</param>
    /// <param name="part">Runs the part with a given number. It must not throw.</param>
    public static void Do(int threads, int parts, Action<int> part)
    {
        var work = new WorkSharing(parts, part);
        for (int helper = 1; helper < Math.Min(threads, parts); helper++)
            ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
        ((IThreadPoolWorkItem)work).Execute();
        SpinWait wait = default;
        while (Volatile.Read(ref work._done) < parts)
            wait.SpinOnce(sleep1Threshold: -1);
    }

    /// <summary>Divides 0 … <paramref name="count"/> into ranges, runs them, and returns when the last one is done.</summary>
    /// <param name="threads">Maximum number of threads, including the calling one.</param>
    /// <param name="count">Number of items.</param>
    /// <param name="each">Items of a range; the last one may have fewer. What belongs to which range does not depend on threads.</param>
    /// <param name="range">Runs the items from a first to before an end. It must not throw.</param>
    public static void DoRanges(int threads, int count, int each, Action<int, int> range) => Do(
        threads, (int)((count + each - 1L) / each),
        number => range(number * each, (int)Math.Min(count, (number + 1L) * each)));

    void IThreadPoolWorkItem.Execute()
    {
        for (int next = Interlocked.Increment(ref _taken) - 1; next < _parts; next = Interlocked.Increment(ref _taken) - 1)
        {
            _part(next);
            Interlocked.Increment(ref _done);
        }
    }
}
