namespace Tenon.Rlhf;

/// <summary>Sampling between steps, which may take many seconds: it need not be waited for when the run is to stop.</summary>
internal static class Interruptible
{
    /// <summary>Does the work, or gives it up.</summary>
    /// <typeparam name="T">What it makes.</typeparam>
    /// <param name="work">Throws on a stop, and leaves nothing behind in the run's state then.</param>
    /// <param name="stop">The run's.</param>
    /// <returns>Null when it was given up: <see cref="IOptimization.Next"/> then writes the checkpoint of the state before it, and ends the run.</returns>
    public static T? Try<T>(Func<T> work, CancellationToken stop) where T : class
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
    }
}
