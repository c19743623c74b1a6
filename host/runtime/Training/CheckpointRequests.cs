namespace Tenon.Host.Training;

/// <summary>Requests for a checkpoint after the current step. Thread-safe.</summary>
internal sealed class CheckpointRequests
{
    private int _isOpen;

    /// <summary>Requests a checkpoint.</summary>
    public void Add() => Interlocked.Exchange(ref _isOpen, 1);

    /// <summary>Returns whether one was requested since the last call.</summary>
    public bool Take() => Interlocked.Exchange(ref _isOpen, 0) == 1;
}
