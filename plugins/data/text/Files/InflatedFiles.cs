using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.GZip;

namespace Tenon.Text.Files;

/// <summary>Decompresses gzip files into the cache folder, each once, to allow random access.</summary>
internal sealed class InflatedFiles(CacheFolder cache, Action<string> status)
{
    /// <summary>Returns the path of the file itself or, if it is compressed, of its decompressed copy.</summary>
    /// <exception cref="DataException">The file is not a complete gzip file, or is a Git LFS pointer.</exception>
    public string Content(string file)
    {
        if (!IsCompressed(file))
            return file;
        if (GitLfsPointer.IsAt(file))
            throw new DataException($"{file} {GitLfsPointer.Advice}.");
        string name = $"{CacheFolder.Fingerprint([CacheFolder.Describe(file)])}.txt";
        string kept = cache.Locate("inflated", name);
        return CanRead(kept) ? kept : cache.Write("inflated", name, stream => Inflate(file, stream));
    }

    private bool CanRead(string kept)
    {
        if (!File.Exists(kept))
            return false;
        try
        {
            File.OpenRead(kept).Dispose();
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            status($"'{kept}' cannot be read and will be rewritten: {fault.Message}");
            return false;
        }
    }

    /// <summary>Returns whether a file is compressed, judging by its name.</summary>
    public static bool IsCompressed(string file) => file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    private void Inflate(string file, Stream stream)
    {
        status($"decompressing {Path.GetFileName(file)}");
        using FileStream compressed = File.OpenRead(file);

        // Not System.IO.Compression.GZipStream, which accepts truncated files.
        using var gzip = new GZipInputStream(compressed, 1 << 16);
        byte[] buffer = new byte[1 << 16];
        while (Read() is > 0 and int read)
            stream.Write(buffer, 0, read);

        int Read()
        {
            try
            {
                return gzip.Read(buffer, 0, buffer.Length);
            }
            catch (Exception e) when (e is SharpZipBaseException or EndOfStreamException or IndexOutOfRangeException)
            {
                throw new DataException($"{file}: not a complete gzip file: {e.Message.TrimEnd('.')}. Download or compress it again.", e);
            }
        }
    }
}
