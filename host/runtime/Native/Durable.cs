using System.Runtime.InteropServices;

namespace Tenon.Host.Native;

/// <summary>
/// Files and folders that are there whole or not at all, also after a power cut: written under a name that ends in
/// <see cref="Partial"/>, forced to disk, then renamed.
/// </summary>
internal static partial class Durable
{
    /// <summary>The ending of what is being written or deleted.</summary>
    public const string Partial = ".partial";

    /// <summary>Writes a text file in one step.</summary>
    /// <param name="path">Replaced when it exists.</param>
    /// <param name="text">The content, written as UTF-8.</param>
    public static void WriteText(string path, string text) =>
        Write(path, partial => File.WriteAllText(partial, text));

    /// <summary>Writes a file in one step.</summary>
    /// <param name="path">Replaced when it exists.</param>
    /// <param name="write">Writes the content to the path that it is given; when that throws, nothing is left of it.</param>
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

    /// <summary>Forces a written file to disk and gives it its name.</summary>
    /// <param name="partial">The file as written.</param>
    /// <param name="path">Its name; replaced when it exists.</param>
    public static void Publish(string partial, string path)
    {
        using (var stream = new FileStream(partial, FileMode.Open, FileAccess.ReadWrite))
            stream.Flush(flushToDisk: true);
        File.Move(partial, path, overwrite: true);
        Sync(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Makes a folder in one step. Its files are expected to be on disk when <paramref name="fill"/> returns.</summary>
    /// <param name="path">Replaced when it exists.</param>
    /// <param name="fill">Fills the folder that it is given; when that throws, nothing is left of it.</param>
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

    /// <summary>Makes a folder of what is to be moved to its place, anew when an interrupted process left one.</summary>
    /// <param name="partial">The folder.</param>
    /// <param name="fill">Fills the folder that it is given; when that throws, nothing is left of it.</param>
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

    /// <summary>Deletes a folder; one that is half deleted no longer has its name.</summary>
    /// <param name="path">An existing folder.</param>
    public static void DeleteFolder(string path)
    {
        string doomed = $"{path}.{Guid.NewGuid():N}{Partial}";
        Directory.Move(path, doomed);
        Directory.Delete(doomed, recursive: true);
    }

    /// <summary>Deletes what an interrupted process left half written or half deleted.</summary>
    /// <param name="folder">Looked through with all that is below.</param>
    public static void RemoveLeftovers(string folder)
    {
        foreach (string left in Directory.GetDirectories(folder, "*" + Partial, SearchOption.AllDirectories))
        {
            // The parent may have been one too.
            if (Directory.Exists(left))
                Directory.Delete(left, recursive: true);
        }

        foreach (string left in Directory.GetFiles(folder, "*" + Partial, SearchOption.AllDirectories))
            File.Delete(left);
    }

    /// <summary>Forces a folder's list of names to disk, without which a rename may be lost (fsync(2)).</summary>
    private static void Sync(string folder)
    {
        // Windows journals renames itself, and .NET opens no folders.
        if (OperatingSystem.IsWindows())
            return;
        int descriptor = Open(folder, 0);
        if (descriptor < 0)
            throw new IOException($"The folder '{folder}' cannot be opened to be forced to disk: {Marshal.GetLastPInvokeErrorMessage()}.");
        try
        {
            if (Fsync(descriptor) != 0)
                throw new IOException($"The folder '{folder}' cannot be forced to disk: {Marshal.GetLastPInvokeErrorMessage()}.");
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
