using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Cli.Packages;

/// <summary>
/// Lets one process at a time change a plugins.json, the lock next to it and the installed plugins: both files are read, changed and
/// written again, so that of two changes at the same time one would be lost.
/// </summary>
internal static class PluginsFileLock
{
    // ERROR_SHARING_VIOLATION of Windows; EWOULDBLOCK of Linux and of macOS.
    private static readonly int[] _lockedByAnother = [unchecked((int)0x80070020), 11, 35];
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Waits for other processes and keeps them waiting until the returned object is disposed. The empty file <c>.plugins.json.lock</c>
    /// remains: if it were deleted, a process that has just opened it would hold a lock that others do not see.
    /// </summary>
    /// <param name="file">Path of plugins.json, which need not exist; its folder is created.</param>
    /// <param name="stop">Cancels the wait.</param>
    /// <exception cref="IOException">The lock cannot be created.</exception>
    public static IDisposable Hold(string file, CancellationToken stop)
    {
        string full = Path.GetFullPath(file);
        string folder = Path.GetDirectoryName(full)!;
        if (Directory.Exists(full))
            throw new PluginsFileException($"'{file}' is a folder, not a plugins.json file.");
        Directory.CreateDirectory(folder);
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(folder, $".{Path.GetFileName(full)}.lock"), FileMode.OpenOrCreate,
                    FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            }
            catch (IOException failure) when (_lockedByAnother.Contains(failure.HResult))
            {
                stop.WaitHandle.WaitOne(_pause);
                stop.ThrowIfCancellationRequested();
            }
        }
    }
}
