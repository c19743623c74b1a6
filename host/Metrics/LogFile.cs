namespace Tenon.Host.Metrics;

/// <summary>Files that a run appends to and that go back to where a checkpoint stood when it is resumed.</summary>
internal static class LogFile
{
    /// <summary>Opens a file to be appended to. Another process may read it, but not write.</summary>
    /// <param name="path">Made when missing.</param>
    /// <param name="length">Bytes to keep.</param>
    /// <exception cref="IOException">Another process writes to it: the run is going on elsewhere.</exception>
    public static FileStream Open(string path, long length)
    {
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        // A file that lost its end is not filled up with zeros.
        stream.SetLength(Math.Min(length, stream.Length));
        stream.Seek(0, SeekOrigin.End);
        return stream;
    }
}
