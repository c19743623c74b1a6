namespace Tenon;

/// <summary>
/// Communication that was started and may still be running. Its tensors must neither be disposed, nor written, nor (where they are
/// results) read before it is complete. Whoever started it disposes it, after it is complete.
/// </summary>
public interface IWork : IDisposable
{
    /// <summary>
    /// Returns whether the communication is complete, and lets it progress. Engines that progress only inside calls (MPI) need this
    /// to overlap communication with other work.
    /// </summary>
    /// <exception cref="CommunicationException">The communication failed.</exception>
    bool Test();

    /// <summary>Waits until the communication is complete. Does nothing if it is.</summary>
    /// <param name="timeout">How long to wait for the other ranks; more than zero.</param>
    /// <exception cref="CommunicationException">
    /// The communication failed, or another rank did not take part in time. It cannot be continued: the job has to end
    /// (<see cref="ICommunicator.Abort"/>).
    /// </exception>
    void Wait(TimeSpan timeout);
}
