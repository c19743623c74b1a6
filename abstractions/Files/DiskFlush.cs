using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Tenon;

/// <summary>
/// Flushes files and folders to disk, so that they survive a power failure, and reports failures: on Unix,
/// <see cref="FileStream.Flush(bool)"/> ignores the errors of fsync(2), although the file may then be incomplete.
/// </summary>
public static partial class DiskFlush
{
    private const int Interrupted = 4; // EINTR

    /// <summary>Flushes a file that was written.</summary>
    /// <param name="stream">The file; owned by the caller.</param>
    /// <exception cref="IOException">The file could not be flushed, so its content may be lost.</exception>
    public static void File(FileStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);

        // On Linux, an error is reported to one caller of fsync only, which must not be the one that ignores it. macOS has a flush of
        // its own, which fsync does not replace.
        stream.Flush(flushToDisk: !OperatingSystem.IsLinux());
        if (!OperatingSystem.IsWindows())
            Sync(stream.SafeFileHandle, $"The file '{stream.Name}'");
    }

    /// <summary>Flushes a folder's entries; otherwise, a rename may be lost (fsync(2)). No effect on Windows, which journals renames.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <exception cref="IOException">The folder could not be flushed.</exception>
    public static void Folder(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);

        // .NET cannot open folders there.
        if (OperatingSystem.IsWindows())
            return;
        using SafeFileHandle opened = Open(folder, 0);
        if (opened.IsInvalid)
            throw Failure($"The folder '{folder}'");
        Sync(opened, $"The folder '{folder}'");
    }

    private static void Sync(SafeFileHandle opened, string what)
    {
        while (Fsync(opened) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
                throw Failure(what);
        }
    }

    private static IOException Failure(string what) =>
        new($"{what} cannot be flushed to disk: {Marshal.GetLastPInvokeErrorMessage()}. Check the disk and its free space.");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);
}
