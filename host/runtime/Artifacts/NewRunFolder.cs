namespace Tenon.Host.Artifacts;

/// <summary>
/// The folder of a new run: created, locked, and otherwise empty until the run is accepted. A refused run leaves nothing behind.
/// </summary>
internal sealed class NewRunFolder : IDisposable
{
    private readonly IDisposable _held;
    // The folders that did not exist before, innermost first.
    private readonly string[] _made;
    private bool _isAccepted;

    /// <summary>Creates and locks the folder: <c>name</c>, or <c>name-2</c>, <c>name-3</c>, … if that exists and is not empty.</summary>
    /// <param name="output">Parent folder; created if missing.</param>
    /// <param name="name">The run's name.</param>
    public NewRunFolder(string output, string name)
    {
        string wanted = Path.GetFullPath(Path.Combine(output, name));
        for (int number = 1; ; number++)
        {
            string path = number == 1 ? wanted : $"{wanted}-{number}";
            if (IsTaken(path))
                continue;
            string[] made = [.. Missing(path)];
            Directory.CreateDirectory(path);
            RunFolder folder = RunFolder.Open(path);
            // Another process may create the same folder at the same time: the first to lock it has it.
            if (folder.TryHold() is not { } held)
                continue;
            if (!IsTaken(path))
            {
                (Folder, _held, _made) = (folder, held, made);
                return;
            }

            held.Dispose(); // another process used it in the meantime
        }
    }

    /// <summary>The folder.</summary>
    public RunFolder Folder { get; }

    /// <summary>Keeps the folder with what was written into it.</summary>
    public void Accept() => _isAccepted = true;

    /// <summary>Unlocks the folder, and deletes it unless it was accepted.</summary>
    public void Dispose()
    {
        if (!_isAccepted)
            Clear();
        _held.Dispose();
        if (_isAccepted)
            return;
        foreach (string folder in _made.TakeWhile(folder => !Directory.EnumerateFileSystemEntries(folder).Any()))
            Directory.Delete(folder);
    }

    // Removes what a run wrote before it failed during acceptance.
    private void Clear()
    {
        foreach (string entry in RunFolder.Content(Folder.Path).ToArray())
        {
            if (Directory.Exists(entry))
                Directory.Delete(entry, recursive: true);
            else
                File.Delete(entry);
        }
    }

    private static bool IsTaken(string path) => File.Exists(path) || (Directory.Exists(path) && RunFolder.Content(path).Any());

    private static IEnumerable<string> Missing(string path)
    {
        for (string? folder = path; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
            yield return folder;
    }
}
