namespace Tenon.Fuzz.Running;

/// <summary>Reads kept inputs again, for which each reader must no longer fail.</summary>
internal static class Kept
{
    /// <summary>Reads the inputs of a folder.</summary>
    /// <param name="readers">The readers whose inputs are read.</param>
    /// <param name="path">A <see cref="FailureFolder"/>.</param>
    /// <param name="read">Number of inputs.</param>
    /// <returns>Those that still fail.</returns>
    public static IReadOnlyList<(string File, Failure Failure)> Replay(IReadOnlyList<Reader> readers, string path, out int read)
    {
        var folder = new FailureFolder(path);
        List<(string, Failure)> failures = [];
        using var child = new ChildProcess();
        read = 0;
        foreach (Reader reader in readers)
        {
            foreach ((string file, Input input) in folder.Of(reader))
            {
                read++;
                if (child.Read(reader, input.Seed, input.Content, Limits.Time) is { } failure)
                    failures.Add((file, failure));
            }
        }

        return failures;
    }
}
