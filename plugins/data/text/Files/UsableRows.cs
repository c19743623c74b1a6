namespace Tenon.Text.Files;

/// <summary>Reads files whose rows can be rejected, and distinguishes empty files from files without usable rows.</summary>
/// <param name="nouns">Plural noun for the contents of a file, such as <c>rows</c>.</param>
/// <param name="reject">Receives rows that cannot be used.</param>
internal sealed class UsableRows(string nouns, Action<DataException> reject)
{
    private long _rejected;

    /// <summary>Rejects a row.</summary>
    /// <param name="fault">Why the row cannot be used.</param>
    public void Reject(DataException fault)
    {
        reject(fault);
        _rejected++;
    }

    /// <summary>Reads the rows of all files in order. Returns none if there are no files.</summary>
    /// <param name="files">The files.</param>
    /// <param name="read">Reads a file and passes malformed rows to <see cref="Reject"/>.</param>
    /// <exception cref="DataException">A file is empty, or no row of any file can be used.</exception>
    public List<TRow> Read<TRow>(IReadOnlyList<SelectedFile> files, Func<string, IReadOnlyList<TRow>> read)
    {
        var rows = new List<TRow>();
        long before = _rejected;
        foreach (SelectedFile file in files)
        {
            long rejected = _rejected;
            IReadOnlyList<TRow> found = read(file.Path);
            if (found.Count == 0 && _rejected == rejected)
                throw new DataException($"'{file.Path}' has no {nouns} ({new FileInfo(file.Path).Length} bytes). Remove it, or add " +
                    $"{nouns} to it.");
            rows.AddRange(found);
        }

        return rows.Count > 0 || _rejected == before
            ? rows
            : throw new DataException($"None of the {nouns} in {string.Join(", ", files.Select(file => $"'{file.Path}'"))} could be " +
                "used. Correct them, or use other files.");
    }
}
