namespace Tenon.Host.Artifacts;

/// <summary>A run cannot go on from its folder: no checkpoint, a damaged one, or one of another set-up.</summary>
public sealed class CheckpointException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names the folder or file, what was found, what is expected and the way out.</param>
    public CheckpointException(string message) : base(message) { }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="message">Names the folder or file, what was found, what is expected and the way out.</param>
    /// <param name="cause">The underlying exception.</param>
    public CheckpointException(string message, Exception cause) : base(message, cause) { }
}
