using System.Runtime.InteropServices;

namespace Tenon.Host.Native;

/// <summary>
/// Atomic and durable files and folders, even after a power failure: written under a name that ends in <see cref="Partial"/>,
/// flushed to disk, then renamed.
/// </summary>
internal static partial class Durable
{
    /// <summary>Suffix of files and folders that are being written or deleted.</summary>
    public const string Partial = ".partial";

    /// <summary>Writes a text file atomically.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="text">The content, written as UTF-8.</param>
    public static void WriteText(string path, string text) =>
        Write(path, partial => File.WriteAllText(partial, text));

    /// <summary>Writes a file atomically.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="write">Writes the content to the given path; if it throws, nothing remains.</param>
    public static void Write(string path, Action<string> write)
    {
        string partial = path + Partial;
        try
        {
            write(partial);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }

        Publish(partial, path);
    }

    /// <summary>Flushes a written file to disk and renames it.</summary>
    /// <param name="partial">The temporary file.</param>
    /// <param name="path">The final name; replaced if it exists.</param>
    public static void Publish(string partial, string path)
    {
        using (var stream = new FileStream(partial, FileMode.Open, FileAccess.ReadWrite))
            stream.Flush(flushToDisk: true);
        File.Move(partial, path, overwrite: true);
        Sync(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Creates a folder atomically. Its files must be flushed to disk when <paramref name="fill"/> returns.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="fill">Fills the given folder; if it throws, nothing remains.</param>
    public static void WriteFolder(string path, Action<string> fill)
    {
        string partial = path + Partial;
        Aside(partial, fill);
        Sync(partial);
        if (Directory.Exists(path))
            DeleteFolder(path);
        Directory.Move(partial, path);
        Sync(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Creates an empty staging folder, replacing one that an interrupted process left.</summary>
    /// <param name="partial">The folder.</param>
    /// <param name="fill">Fills the given folder; if it throws, nothing remains.</param>
    public static void Aside(string partial, Action<string> fill)
    {
        if (Directory.Exists(partial))
            Directory.Delete(partial, recursive: true);
        Directory.CreateDirectory(partial);
        try
        {
            fill(partial);
        }
        catch
        {
            Directory.Delete(partial, recursive: true);
            throw;
        }
    }

    /// <summary>Deletes a folder; it is renamed first, so that a partially deleted folder never has its name.</summary>
    /// <param name="path">An existing folder.</param>
    public static void DeleteFolder(string path)
    {
        string doomed = $"{path}.{Guid.NewGuid():N}{Partial}";
        Directory.Move(path, doomed);
        Directory.Delete(doomed, recursive: true);
    }

    /// <summary>Deletes partially written or deleted files and folders of an interrupted process.</summary>
    /// <param name="folder">The folder, searched recursively.</param>
    public static void RemoveLeftovers(string folder)
    {
        foreach (string left in Directory.GetDirectories(folder, "*" + Partial, SearchOption.AllDirectories))
        {
            // The parent may already have been deleted.
            if (Directory.Exists(left))
                Directory.Delete(left, recursive: true);
        }

        foreach (string left in Directory.GetFiles(folder, "*" + Partial, SearchOption.AllDirectories))
            File.Delete(left);
    }

    /// <summary>Flushes a folder's entries to disk; otherwise a rename may be lost (fsync(2)).</summary>
    private static void Sync(string folder)
    {
        // Windows journals renames, and .NET cannot open folders.
        if (OperatingSystem.IsWindows())
            return;
        int descriptor = Open(folder, 0);
        if (descriptor < 0)
            throw new IOException($"The folder '{folder}' cannot be opened for flushing to disk: {Marshal.GetLastPInvokeErrorMessage()}.");
        try
        {
            if (Fsync(descriptor) != 0)
                throw new IOException($"The folder '{folder}' cannot be flushed to disk: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
