using System.Runtime.ExceptionServices;

namespace Tenon.Images;

/// <summary>Processes many images in parallel.</summary>
internal static class Workers
{
    /// <summary>
    /// Runs the work for each index on all cores. If several calls fail, the exception with the lowest index is rethrown.
    /// </summary>
    public static void For(int count, Action<int> work)
    {
        var failures = new SortedDictionary<int, ExceptionDispatchInfo>();
        Parallel.For(0, count, (i, state) =>
        {
            if (state.ShouldExitCurrentIteration)
                return;
            try
            {
                work(i);
            }
            catch (Exception e) when (e is DataException or IOException or UnauthorizedAccessException)
            {
                lock (failures)
                    failures[i] = ExceptionDispatchInfo.Capture(e);

                // Break, unlike Stop, still runs lower indices, so the reported failure is deterministic.
                state.Break();
            }
        });
        if (failures.Count > 0)
            failures.First().Value.Throw();
    }
}
