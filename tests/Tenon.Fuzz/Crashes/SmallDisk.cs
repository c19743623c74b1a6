using System.Diagnostics;
using System.Globalization;

namespace Tenon.Fuzz.Crashes;

/// <summary>A disk in memory (tmpfs) that can grow. Only root may mount one.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _folder;

    /// <summary>Mounts an empty disk.</summary>
    /// <param name="folder">Where; created if necessary.</param>
    /// <param name="bytes">Its size, rounded up to whole pages.</param>
    /// <exception cref="InvalidOperationException">It cannot be mounted.</exception>
    public SmallDisk(string folder, long bytes)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        Expect(Run("mount", "-t", "tmpfs", "-o", Size(bytes), "tmpfs", _folder));
    }

    /// <summary>Whether this process may mount a disk.</summary>
    public static bool IsAvailable { get; } = CanMount();

    /// <summary>Changes the size; nothing on the disk is lost.</summary>
    /// <param name="bytes">The new size.</param>
    public void Grow(long bytes) => Expect(Run("mount", "-o", $"remount,{Size(bytes)}", _folder));

    /// <summary>Unmounts the disk, with which its files are gone.</summary>
    public void Dispose() => Expect(Run("umount", _folder));

    private static bool CanMount()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || !File.Exists("/bin/mount"))
            return false;
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tenon-disk-");
        try
        {
            using var disk = new SmallDisk(folder.FullName, Environment.SystemPageSize);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false; // a container without the right to mount
        }
        finally
        {
            folder.Delete();
        }
    }

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"size={bytes}");

    private static string? Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : $"{program} {string.Join(' ', arguments)}: {errors.Trim()}";
    }

    private static void Expect(string? error)
    {
        if (error is not null)
            throw new InvalidOperationException(error);
    }
}
