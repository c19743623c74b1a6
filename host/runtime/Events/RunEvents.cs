namespace Tenon.Host.Events;

/// <summary>Passes events to a caller's handler.</summary>
/// <param name="handler">Called in order; null if there is none.</param>
internal sealed class RunEvents(Action<RunEvent>? handler)
{
    /// <summary>Events without a handler.</summary>
    public static RunEvents None { get; } = new(null);

    /// <summary>Publishes an event.</summary>
    /// <param name="runEvent">The event.</param>
    public void Publish(RunEvent runEvent) => handler?.Invoke(runEvent);

    /// <summary>Reports work other than training steps; null for training steps.</summary>
    /// <param name="activity">A few words, such as <c>validating</c>.</param>
    public void ReportActivity(string? activity) => Publish(new ActivityChanged(activity));

    /// <summary>Reports a warning.</summary>
    /// <param name="message">What runEvent and why.</param>
    public void Warn(string message) => Publish(new Warned(message));
}
