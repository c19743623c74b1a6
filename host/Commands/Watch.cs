namespace Tenon.Cli.Commands;

/// <summary>
/// Files whose change triggers another run: a recipe, plugins.json, and the assemblies of plugins. Polled, because a build
/// replaces many files and file system notifications differ between systems.
/// </summary>
internal sealed class Watch
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);
    private readonly IReadOnlyList<string> files;
    private readonly IReadOnlyList<string> folders;
    private Dictionary<string, (DateTime, long)> seen;

    /// <summary>Records the current state of files and folders.</summary>
    /// <param name="files">Files; they need not exist yet.</param>
    /// <param name="folders">Folders with assemblies, at any depth.</param>
    public Watch(IReadOnlyList<string> files, IReadOnlyList<string> folders)
    {
        (this.files, this.folders) = (files, folders);
        seen = Look();
    }

    /// <summary>Waits until a file has changed and changes have ceased.</summary>
    /// <param name="stop">Cancels waiting.</param>
    /// <returns>The files that were changed, created or deleted; empty when cancelled.</returns>
    public IReadOnlyList<string> Next(CancellationToken stop)
    {
        Dictionary<string, (DateTime, long)> before = seen;
        while (!stop.WaitHandle.WaitOne(Pause))
        {
            Dictionary<string, (DateTime, long)> now = Look();
            bool still = Differences(seen, now).Count == 0;
            seen = now;
            if (still && Differences(before, now) is { Count: > 0 } changed)
                return changed;
        }

        return [];
    }

    private static List<string> Differences(Dictionary<string, (DateTime, long)> before, Dictionary<string, (DateTime, long)> now) =>
        [.. before.Keys.Union(now.Keys).Where(path => !before.TryGetValue(path, out (DateTime, long) was)
            || !now.TryGetValue(path, out (DateTime, long) found) || was != found)
            .Order(StringComparer.Ordinal)];

    private Dictionary<string, (DateTime, long)> Look() => files.Where(File.Exists)
        .Concat(folders.Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.dll", SearchOption.AllDirectories)))
        .Distinct(StringComparer.Ordinal)
        .Select(path => new FileInfo(path))
        .Where(file => file.Exists)
        .ToDictionary(file => file.FullName, file => (file.LastWriteTimeUtc, file.Length), StringComparer.Ordinal);
}
