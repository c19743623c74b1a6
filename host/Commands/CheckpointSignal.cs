using System.Runtime.InteropServices;

namespace Tenon.Cli.Commands;

/// <summary>SIGUSR1 as a request for a checkpoint, for schedulers that announce the end of a job. Not heard on Windows.</summary>
internal sealed class CheckpointSignal : IDisposable
{
    // The signal's number, which .NET has no name for, depends on the operating system.
    private const int OnLinux = 10;
    private const int OnMacOs = 30;

    private readonly PosixSignalRegistration? _registration;

    /// <summary>Starts listening.</summary>
    /// <param name="request">Called on another thread each time the signal arrives.</param>
    public CheckpointSignal(Action request) => _registration = OperatingSystem.IsWindows() ? null
        : PosixSignalRegistration.Create((PosixSignal)(OperatingSystem.IsMacOS() ? OnMacOs : OnLinux), context =>
        {
            context.Cancel = true;
            request();
        });

    /// <summary>Stops listening; the signal ends the process again.</summary>
    public void Dispose() => _registration?.Dispose();
}
