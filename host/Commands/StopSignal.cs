using System.Runtime.InteropServices;

namespace Tenon.Cli.Commands;

/// <summary>
/// Ctrl+C, SIGTERM and SIGHUP (a closed terminal) as a cancellation token, so that a run writes a checkpoint before it ends. A
/// second Ctrl+C ends the process immediately, in case the run no longer responds.
/// </summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource source;
    private readonly Action? onStop;
    private readonly PosixSignalRegistration terminate;
    private readonly PosixSignalRegistration hangUp;

    /// <summary>Starts listening.</summary>
    /// <param name="onStop">Called once, on another thread, when the first signal arrives.</param>
    /// <param name="ignoresInterrupt">Whether Ctrl+C is not heard, because it has another meaning (<see cref="AnswerSignal"/>).</param>
    /// <param name="outer">Another source of cancellation; does not call <paramref name="onStop"/>.</param>
    public StopSignal(Action? onStop = null, bool ignoresInterrupt = false, CancellationToken outer = default)
    {
        source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        this.onStop = onStop;
        if (!ignoresInterrupt)
            System.Console.CancelKeyPress += Interrupt;
        terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = First());
        // .NET leaves a signal ignored if the process inherited it as ignored, as under nohup. A closed terminal sends the signal
        // more than once: from the shell and from the kernel. So a second one must not end the process.
        hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _ = First();
        });
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>Stops listening; signals end the process again.</summary>
    public void Dispose()
    {
        System.Console.CancelKeyPress -= Interrupt;
        terminate.Dispose();
        hangUp.Dispose();
        source.Dispose();
    }

    private void Interrupt(object? sender, ConsoleCancelEventArgs e) => e.Cancel = First();

    private bool First()
    {
        lock (source)
        {
            if (source.IsCancellationRequested)
                return false;
            source.Cancel();
        }

        onStop?.Invoke();
        return true;
    }
}
