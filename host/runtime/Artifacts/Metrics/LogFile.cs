namespace Tenon.Host.Artifacts.Metrics;

/// <summary>Files that a run appends to; resuming truncates them to their length at the checkpoint.</summary>
internal static class LogFile
{
    /// <summary>Truncates a file to its length at a checkpoint.</summary>
    /// <param name="path">The file; created if missing.</param>
    /// <param name="length">Bytes to keep.</param>
    /// <param name="whole">
    /// Returns the end of the last complete record if the file is shorter: nothing may follow a partial record.
    /// </param>
    public static void CutOff(string path, long length, Func<Stream, long> whole)
    {
        using var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        stream.SetLength(stream.Length < length ? whole(stream) : length);
    }

    /// <summary>Opens a file for appending; others may read it at the same time.</summary>
    /// <param name="path">An existing file.</param>
    public static FileStream Append(string path) => new(path, FileMode.Append, FileAccess.Write, FileShare.Read);
}
