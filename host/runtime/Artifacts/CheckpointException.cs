namespace Tenon.Host.Artifacts;

/// <summary>
/// A run cannot be resumed from its folder: the checkpoint is missing, damaged, or belongs to a different configuration.
/// </summary>
public sealed class CheckpointException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names the folder or file, the value found, the expected value and how to fix it.</param>
    public CheckpointException(string message) : base(message) { }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="message">Names the folder or file, the value found, the expected value and how to fix it.</param>
    /// <param name="cause">The underlying exception.</param>
    public CheckpointException(string message, Exception cause) : base(message, cause) { }
}
