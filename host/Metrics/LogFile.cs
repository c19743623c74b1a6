namespace Tenon.Host.Metrics;

/// <summary>Files that a run appends to and that go back to where a checkpoint stood when it is resumed.</summary>
internal static class LogFile
{
    /// <summary>Opens a file to be appended to, which others may read meanwhile.</summary>
    /// <param name="path">Made when missing.</param>
    /// <param name="length">Bytes to keep.</param>
    public static FileStream Open(string path, long length)
    {
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        // A file that lost its end is not filled up with zeros.
        stream.SetLength(Math.Min(length, stream.Length));
        stream.Seek(0, SeekOrigin.End);
        return stream;
    }
}
