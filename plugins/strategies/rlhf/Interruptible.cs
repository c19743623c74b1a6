namespace Tenon.Rlhf;

/// <summary>Makes long work between steps, such as sampling, cancellable.</summary>
internal static class Interruptible
{
    /// <summary>Runs the work, or abandons it when the run is cancelled in any process. Called by all processes at the same time.</summary>
    /// <typeparam name="T">The result.</typeparam>
    /// <param name="work">Throws when cancelled, without having changed the run's state or exchanged anything.</param>
    /// <param name="ranks">The processes.</param>
    /// <param name="stop">The run's cancellation token.</param>
    /// <returns>
    /// Null if cancelled; <see cref="IOptimization.Next"/> then writes a checkpoint of the state before the work and ends the
    /// run.
    /// </returns>
    public static T? Try<T>(Func<T> work, RolloutRanks ranks, CancellationToken stop) where T : class, IDisposable
    {
        T? result = null;
        try
        {
            result = work();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }

        if (!ranks.Any(result is null))
            return result;
        result?.Dispose();
        return null;
    }
}
