namespace Tenon;

/// <summary>Ranks cannot communicate: an engine cannot be opened, a call failed, or another rank did not take part in time.</summary>
public sealed class CommunicationException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">States what failed and how to fix it.</param>
    public CommunicationException(string message) : base(message) { }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="message">States what failed and how to fix it.</param>
    /// <param name="cause">The underlying exception.</param>
    public CommunicationException(string message, Exception cause) : base(message, cause) { }
}
