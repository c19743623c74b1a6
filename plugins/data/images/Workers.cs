using System.Runtime.ExceptionServices;

namespace Tenon.Images;

/// <summary>Work on many images at once.</summary>
internal static class Workers
{
    /// <summary>Runs the work for each index on all cores. Of several failures the first by index is thrown, as itself.</summary>
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

                // Break, unlike Stop, still runs the indices below, so that which failure is first is no race.
                state.Break();
            }
        });
        if (failures.Count > 0)
            failures.First().Value.Throw();
    }
}
