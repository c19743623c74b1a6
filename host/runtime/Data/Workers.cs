using System.Runtime.ExceptionServices;

namespace Tenon.Host.Data;

/// <summary>Reads many examples on all cores.</summary>
internal static class Workers
{
    /// <summary>
    /// Does the work for each index. If several calls fail, the exception with the lowest index is rethrown unchanged, so that the
    /// reported failure is always the same.
    /// </summary>
    /// <param name="count">Number of indices, which start at 0.</param>
    /// <param name="work">Thread-safe.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static void For(long count, Action<long> work, CancellationToken stop = default)
    {
        var failures = new SortedDictionary<long, ExceptionDispatchInfo>();
        Parallel.For(0, count, new ParallelOptions { CancellationToken = stop }, (index, state) =>
        {
            if (state.ShouldExitCurrentIteration)
                return;
            try
            {
                work(index);
            }
            catch (Exception failure)
            {
                // Not hidden: rethrown below.
                lock (failures)
                    failures[index] = ExceptionDispatchInfo.Capture(failure);
                // Break, unlike Stop, still does the work of lower indices.
                state.Break();
            }
        });
        if (failures.Count > 0)
            failures.First().Value.Throw();
    }
}
