namespace Tenon.Safetensors;

/// <summary>A safetensors file, or a tensor in it, cannot be used; the message states which and why.</summary>
/// <remarks>
/// Thrown for invalid content. Files that cannot be opened are reported by the exceptions of <see cref="System.IO"/>.
/// </remarks>
public sealed class SafetensorsException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="file">Path of the file.</param>
    /// <param name="reason">The problem, as a sentence.</param>
    /// <param name="innerException">The underlying exception, if any.</param>
    public SafetensorsException(string file, string reason, Exception? innerException = null)
        : base($"{file}: {reason}", innerException)
    {
        File = file;
        Reason = reason;
    }

    /// <summary>Path of the file.</summary>
    public string File { get; }

    /// <summary>The problem, without the path.</summary>
    public string Reason { get; }
}
