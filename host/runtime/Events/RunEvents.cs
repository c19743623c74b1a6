namespace Tenon.Host.Events;

/// <summary>Passes events to a caller's handler.</summary>
/// <param name="handler">Called in order; null: nobody listens.</param>
internal sealed class RunEvents(Action<RunEvent>? handler)
{
    /// <summary>Nobody listens.</summary>
    public static RunEvents None { get; } = new(null);

    /// <summary>Passes an event on.</summary>
    /// <param name="happened">What happened.</param>
    public void Publish(RunEvent happened) => handler?.Invoke(happened);

    /// <summary>Reports what is being done besides training steps; null: steps.</summary>
    /// <param name="activity">A few words, such as <c>validating</c>.</param>
    public void Doing(string? activity) => Publish(new ActivityChanged(activity));

    /// <summary>Reports what was left out.</summary>
    /// <param name="message">What and why.</param>
    public void Warn(string message) => Publish(new Warned(message));
}
