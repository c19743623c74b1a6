namespace Tenon.Text.Files;

/// <summary>Selected files with the same content, which would be learned twice or make validation meaningless.</summary>
internal static class FileCopies
{
    private const int MaxShown = 5;

    /// <summary>Returns a warning about files with identical content, or nothing if all files differ.</summary>
    /// <param name="train">Training files.</param>
    /// <param name="validation">Validation files.</param>
    public static IReadOnlyList<string> Notes(IReadOnlyList<SelectedFile> train, IReadOnlyList<SelectedFile> validation)
    {
        string[] copies = [.. Of(train, validation)];
        string more = copies.Length > MaxShown ? $" and {copies.Length - MaxShown} more" : "";
        return copies.Length == 0 ? [] : [$"Some files have the same content: {string.Join("; ", copies.Take(MaxShown))}{more}. Remove " +
            "the copies so that no text counts twice."];
    }

    // Only files of the same size are read.
    private static IEnumerable<string> Of(IReadOnlyList<SelectedFile> train, IReadOnlyList<SelectedFile> validation)
    {
        IEnumerable<(string Path, bool Held)> all =
            train.Select(file => (file.Path, false)).Concat(validation.Select(file => (file.Path, true)));
        foreach (var sameSize in all.GroupBy(file => new FileInfo(file.Path).Length).Where(group => group.Key > 0 && group.Skip(1).Any()))
        {
            foreach (var same in sameSize.GroupBy(file => CacheFolder.Describe(file.Path), StringComparer.Ordinal)
                .Where(group => group.Skip(1).Any()))
            {
                (string first, _) = same.First();
                foreach ((string path, bool held) in same.Skip(1))
                    yield return $"'{path}'{(held ? " (validation)" : "")} and '{first}'";
            }
        }
    }
}
