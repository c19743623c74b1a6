using System.Text.RegularExpressions;

namespace Tenon.Host.Native;

/// <summary>
/// Writes files and folders atomically and durably, even if the power fails: they are written under a temporary name (<see
/// cref="Temporary"/>), flushed to disk, then renamed.
/// </summary>
internal static partial class Durable
{
    /// <summary>Suffix of files and folders that are being written or deleted, after 32 hexadecimal digits.</summary>
    public const string Partial = ".partial";

    /// <summary>Returns a temporary name next to a file or folder that no user would choose: <c>config.json.0f3a….partial</c>.</summary>
    /// <param name="path">The final name.</param>
    public static string Temporary(string path) => $"{path}.{Guid.NewGuid():N}{Partial}";

    /// <summary>Writes a text file atomically.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="text">The content, written as UTF-8.</param>
    public static void WriteText(string path, string text) =>
        Write(path, partial => File.WriteAllText(partial, text));

    /// <summary>Writes a file atomically.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="write">Writes the content to the given path; if it or the disk fails, no temporary file remains.</param>
    public static void Write(string path, Action<string> write)
    {
        string partial = Temporary(path);
        try
        {
            write(partial);
            Publish(partial, path);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <summary>Flushes a written file to disk and renames it.</summary>
    /// <param name="partial">The temporary file.</param>
    /// <param name="path">The final name; replaced if it exists.</param>
    public static void Publish(string partial, string path)
    {
        using (var stream = new FileStream(partial, FileMode.Open, FileAccess.ReadWrite))
            DiskFlush.File(stream);
        File.Move(partial, path, overwrite: true);
        DiskFlush.Folder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Creates a folder atomically. Its files must be flushed to disk when <paramref name="fill"/> returns.</summary>
    /// <param name="path">The folder; replaced if it exists.</param>
    /// <param name="fill">Fills the given folder; if it throws, no folder remains.</param>
    public static void WriteFolder(string path, Action<string> fill)
    {
        string partial = Temporary(path);
        CreateStaging(partial, fill);
        DiskFlush.Folder(partial);
        if (Directory.Exists(path))
            DeleteFolder(path);
        Directory.Move(partial, path);
        DiskFlush.Folder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Creates a staging folder.</summary>
    /// <param name="partial">The folder, which must not exist: a <see cref="Temporary"/> name.</param>
    /// <param name="fill">Fills the given folder; if it throws, no folder remains.</param>
    public static void CreateStaging(string partial, Action<string> fill)
    {
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

    /// <summary>Deletes a folder; it is renamed first, so that a partially deleted folder never has its original name.</summary>
    /// <param name="path">An existing folder.</param>
    public static void DeleteFolder(string path)
    {
        string doomed = Temporary(path);
        Directory.Move(path, doomed);
        Directory.Delete(doomed, recursive: true);
    }

    /// <summary>
    /// Deletes files and folders that an interrupted process wrote or deleted only partially: those with a <see cref="Temporary"/>
    /// name. Links are neither deleted nor followed.
    /// </summary>
    /// <param name="folder">An existing folder; its subfolders are not searched.</param>
    public static void RemoveLeftovers(string folder)
    {
        foreach (FileSystemInfo left in new DirectoryInfo(folder).GetFileSystemInfos("*" + Partial))
        {
            if (left.LinkTarget is not null || !TemporaryName().IsMatch(left.Name))
                continue;
            if (left is DirectoryInfo directory)
                directory.Delete(recursive: true);
            else
                left.Delete();
        }
    }

    [GeneratedRegex(@"\.[0-9a-f]{32}\.partial$")]
    private static partial Regex TemporaryName();
}
