using System.Security.Cryptography;
using System.Text;

namespace Tenon.Text;

/// <summary>
/// The user's folder for work that can be done again: extracted documentation, inflated files. Files appear in it
/// whole or not at all, so that a stopped process leaves nothing half written behind. Thread-safe.
/// </summary>
/// <param name="path">The folder; made when first written to.</param>
internal sealed class CacheFolder(string path)
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
    public static string Fingerprint(IEnumerable<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string part in parts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(part));
            hash.AppendData([0]);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }

    /// <summary>Name, size and time of a file, for <see cref="Fingerprint"/>.</summary>
    public static string Describe(string file)
    {
        var info = new FileInfo(file);
        return $"{info.FullName}|{info.Length}|{info.LastWriteTimeUtc.Ticks}";
    }

    /// <summary>The file of a name, written now when it is not there.</summary>
    /// <param name="folder">The kind of work.</param>
    /// <param name="name">The file; carries the fingerprint of what it was made from.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="DataException">The folder cannot be written to.</exception>
    public string Keep(string folder, string name, Action<Stream> write)
    {
        string file = System.IO.Path.Combine(Path, folder, name);
        return File.Exists(file) ? file : Replace(folder, name, write);
    }

    /// <summary>Writes the file of a name, whether it is there or not.</summary>
    /// <inheritdoc cref="Keep"/>
    public string Replace(string folder, string name, Action<Stream> write)
    {
        string file = System.IO.Path.Combine(Path, folder, name);
        string partial = $"{file}.{Guid.NewGuid():N}.partial";
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
            using (FileStream stream = File.Create(partial))
                write(stream);
            File.Move(partial, file, overwrite: true);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"Cannot write to the cache folder '{Path}': {e.Message} Set XDG_CACHE_HOME to a folder that can be written to.", e);
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
