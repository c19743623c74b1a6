using Tenon.Host.Events;

namespace Tenon.Tests;

/// <summary>Stops a run after a step.</summary>
internal static class StopAfter
{
    /// <summary>Receives the events of the run to stop.</summary>
    /// <param name="step">The step after which to stop, or null to let the run finish.</param>
    /// <param name="stop">Cancelled to stop the run.</param>
    public static RunEvents Step(long? step, CancellationTokenSource stop) => new(happened =>
    {
        if (happened is StepCompleted completed && completed.Step == step)
            stop.Cancel();
    });
}
