using System.Security.Cryptography;
using System.Text;

namespace Tenon;

/// <summary>
/// A folder for results that can be recomputed: extracted documentation, inflated files, tokenized text. Files are written
/// atomically, so a process that is killed leaves no partial file. Safe for concurrent threads and processes.
/// </summary>
/// <param name="path">The folder; created on the first write.</param>
public sealed class CacheFolder(string path)
{
    /// <summary>Path of the folder.</summary>
    public string Path { get; } = path;

    /// <summary>Returns the user's cache: <c>$XDG_CACHE_HOME/tenon</c>, or the operating system's default location.</summary>
    public static CacheFolder OfUser()
    {
        string? configured = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (!string.IsNullOrEmpty(configured) && System.IO.Path.IsPathRooted(configured))
            return new CacheFolder(System.IO.Path.Combine(configured, "tenon"));
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return new CacheFolder(OperatingSystem.IsWindows()
            ? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "tenon", "cache")
            : System.IO.Path.Combine(home, OperatingSystem.IsMacOS() ? "Library/Caches" : ".cache", "tenon"));
    }

    /// <summary>Returns a fingerprint of strings: equal for equal strings in the same order.</summary>
    /// <param name="parts">Everything that the result depends on.</param>
    /// <returns>32 hexadecimal digits.</returns>
    public static string Fingerprint(IEnumerable<string> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string part in parts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(part);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }

    /// <summary>
    /// Returns a hash of a file's content, for <see cref="Fingerprint"/>. The content can change while size and time stay the
    /// same, and a file can be moved or copied without changing its content.
    /// </summary>
    /// <param name="file">An existing file.</param>
    public static string Describe(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>Returns the path of a cached file, whether or not it exists.</summary>
    /// <param name="kind">The kind of result, used as the folder's name.</param>
    /// <param name="name">The file's name, which includes the fingerprint of its inputs.</param>
    public string Locate(string kind, string name) => System.IO.Path.Combine(Path, kind, name);

    /// <summary>Writes a file, replacing an existing one.</summary>
    /// <param name="kind">The kind of result, used as the folder's name.</param>
    /// <param name="name">The file's name, which includes the fingerprint of its inputs.</param>
    /// <param name="write">Writes the content. If it throws, the exception passes through and no file remains.</param>
    /// <returns>The file's path.</returns>
    /// <exception cref="DataException">The folder cannot be written to.</exception>
    public string Write(string kind, string name, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        string file = Locate(kind, name);
        string partial = $"{file}.{Guid.NewGuid():N}.partial";
        try
        {
            using (FileStream stream = Create(partial))
                write(stream);
            File.Move(partial, file, overwrite: true);
            return file;
        }
        finally
        {
            if (File.Exists(partial))
                File.Delete(partial);
        }
    }

    private FileStream Create(string file)
    {
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
            return File.Create(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"The cache folder '{Path}' cannot be written to: {e.Message} Set XDG_CACHE_HOME to a folder that " +
                "can.", e);
        }
    }
}
