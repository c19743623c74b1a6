namespace Tenon.Host.Artifacts.Metrics;

/// <summary>Files that a run appends to and that go back to where a checkpoint stood when it is resumed.</summary>
internal static class LogFile
{
    /// <summary>Cuts off what stands behind a checkpoint.</summary>
    /// <param name="path">Made when missing.</param>
    /// <param name="length">Bytes to keep.</param>
    /// <param name="whole">Where the last whole record of a file that lost its end stops: what follows would make no sense behind half a record.</param>
    public static void CutOff(string path, long length, Func<Stream, long> whole)
    {
        using var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        stream.SetLength(stream.Length < length ? whole(stream) : length);
    }

    /// <summary>Opens a file to be appended to, which others may read meanwhile.</summary>
    /// <param name="path">An existing file.</param>
    public static FileStream Append(string path) => new(path, FileMode.Append, FileAccess.Write, FileShare.Read);
}
