using Tenon.Host.Native;

namespace Tenon.Host.Artifacts;

/// <summary>The folder of a run and its layout. After the run is finished, its root is a model folder.</summary>
public sealed class RunFolder
{
    private const string RecipeFile = "recipe.json";
    private const string LockFile = ".lock";

    // ERROR_SHARING_VIOLATION of Windows; EWOULDBLOCK of Linux and of macOS.
    private static readonly int[] LockedByAnother = [unchecked((int)0x80070020), 11, 35];

    private RunFolder(string path) => Path = path;

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    /// <summary>The folder's name.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Contains the checkpoints, one folder each.</summary>
    public string Checkpoints => File("checkpoints");

    /// <summary>The resolved recipe.</summary>
    public string Recipe => File(RecipeFile);

    /// <summary>Describes the data that the run began with, including a hash.</summary>
    public string Data => File("data.json");

    /// <summary>The plugins used, with versions and hashes.</summary>
    public string PluginsLock => File("plugins.lock.json");

    /// <summary>What plugins logged during the run; missing if they logged nothing.</summary>
    public string Log => File("plugins.log");

    /// <summary>Metrics by step, one JSON object per line.</summary>
    public string Metrics => File("metrics.jsonl");

    /// <summary>Contains generated texts or images, one file each time they are generated.</summary>
    public string Samples => File("samples");

    /// <summary>Plot of the losses.</summary>
    public string LossPlot => File("loss.png");

    /// <summary>Plot of the metrics that the strategy and the rewards recorded.</summary>
    public string FiguresPlot => File("figures.png");

    /// <summary>Summary of the finished run.</summary>
    public string Summary => File("summary.json");

    /// <summary>Returns the path of a file or folder in the run's folder.</summary>
    /// <param name="name">Relative path.</param>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>
    /// Creates the folder of a new run: <c>name</c>, or <c>name-2</c>, <c>name-3</c>, … if that exists and is not empty.
    /// </summary>
    /// <param name="output">Parent folder; created if missing.</param>
    /// <param name="name">The run's name.</param>
    public static RunFolder Create(string output, string name)
    {
        using var made = new NewRunFolder(output, name);
        made.Accept();
        return made.Folder;
    }

    /// <summary>Opens the folder of a run to be resumed.</summary>
    /// <param name="path">An existing folder.</param>
    /// <exception cref="CheckpointException">The folder does not exist.</exception>
    public static RunFolder Open(string path)
    {
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (!Directory.Exists(full))
            throw new CheckpointException($"The run folder '{full}' does not exist.{NearestName.Question(MissingFolder.Nearest(path))} " +
                "Use the folder that the run was written to.");
        return new RunFolder(full);
    }

    /// <summary>
    /// Removes partial files left by a process that was killed. Only folders that a run writes are searched: the root, samples,
    /// checkpoints, and the folders of a model's parts; neither links nor the folder of another run.
    /// </summary>
    internal void RemoveLeftovers()
    {
        string[] parts = [.. Folders(Path).Where(folder => !System.IO.File.Exists(System.IO.Path.Combine(folder, RecipeFile)))];
        string[] checkpoints = parts.Contains(Checkpoints, StringComparer.Ordinal) ? Folders(Checkpoints) : [];
        foreach (string folder in (string[])[Path, .. parts, .. checkpoints])
        {
            // A partial folder may already have been deleted.
            if (Directory.Exists(folder))
                Durable.RemoveLeftovers(folder);
        }

        static string[] Folders(string of) =>
            [.. new DirectoryInfo(of).GetDirectories().Where(folder => folder.LinkTarget is null).Select(folder => folder.FullName)];
    }

    /// <summary>
    /// Locks the folder against training by other processes until the returned object is disposed or this process ends.
    /// </summary>
    /// <exception cref="CheckpointException">A run is active in the folder.</exception>
    internal IDisposable Hold()
    {
        try
        {
            return Lock();
        }
        catch (IOException cause)
        {
            throw new CheckpointException($"The run folder '{Path}' cannot be used: {cause.Message} " +
                "If the run is active in another process, wait for it or stop it.", cause);
        }
    }

    /// <summary>The same; null if a run is active in the folder, or removed it because it was refused.</summary>
    internal IDisposable? TryHold()
    {
        try
        {
            return Lock();
        }
        // Not "the lock exists": its owner deletes it when the run ends, which may be before this line.
        catch (IOException failure) when (failure is DirectoryNotFoundException || LockedByAnother.Contains(failure.HResult))
        {
            return null;
        }
    }

    /// <summary>Returns whether a run is active in the folder. The lock of a process that was killed is removed.</summary>
    internal bool IsHeld()
    {
        // Nothing is locked if there is no lock, so that a run that starts now is not disturbed.
        if (!System.IO.File.Exists(File(LockFile)))
            return false;
        try
        {
            using IDisposable? held = TryHold();
            return held is null;
        }
        catch (UnauthorizedAccessException)
        {
            // Another user's run.
            return true;
        }
    }

    /// <summary>What is in a folder besides a lock.</summary>
    /// <param name="path">An existing folder.</param>
    internal static IEnumerable<string> Content(string path) =>
        Directory.EnumerateFileSystemEntries(path).Where(entry => System.IO.Path.GetFileName(entry) != LockFile);

    private FileStream Lock() =>
        new(File(LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
}
