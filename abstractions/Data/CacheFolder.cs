using System.Security.Cryptography;
using System.Text;

namespace Tenon;

/// <summary>
/// A folder for work that can be done again: extracted documentation, inflated files, tokenized text. Files appear in it
/// whole or not at all, so that a stopped process leaves nothing half written behind. Thread-safe, also between processes.
/// </summary>
/// <param name="path">The folder; made when first written to.</param>
public sealed class CacheFolder(string path)
{
    /// <summary>Where the folder is.</summary>
    public string Path { get; } = path;

    /// <summary>The user's own: <c>$XDG_CACHE_HOME/tenon</c>, or the system's place for it.</summary>
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

    /// <summary>A fingerprint of parts: equal for equal parts in the same order.</summary>
    /// <param name="parts">Anything that the work depends on.</param>
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

    /// <summary>Path, size and time of a file, for <see cref="Fingerprint"/>.</summary>
    /// <param name="file">An existing file.</param>
    public static string Describe(string file)
    {
        var info = new FileInfo(file);
        return $"{info.FullName}|{info.Length}|{info.LastWriteTimeUtc.Ticks}";
    }

    /// <summary>Where a file is kept, whether it is there or not.</summary>
    /// <param name="kind">The kind of work: a folder's name.</param>
    /// <param name="name">The file's name; carries the fingerprint of what it is made from.</param>
    public string Locate(string kind, string name) => System.IO.Path.Combine(Path, kind, name);

    /// <summary>Writes a file, in place of the one that is there.</summary>
    /// <param name="kind">The kind of work: a folder's name.</param>
    /// <param name="name">The file's name; carries the fingerprint of what it is made from.</param>
    /// <param name="write">Writes the content. What it throws passes through, and no file is left.</param>
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
            throw new DataException($"The cache folder '{Path}' cannot be written to: {e.Message} Set XDG_CACHE_HOME to a folder that can.", e);
        }
    }
}
