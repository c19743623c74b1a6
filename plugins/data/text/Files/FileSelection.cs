using Microsoft.Extensions.FileSystemGlobbing;

namespace Tenon.Text.Files;

/// <summary>A file to read.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Named">True when the recipe names the file itself, not a folder or pattern that it was found with.</param>
internal sealed record SelectedFile(string Path, bool Named);

/// <summary>From files, folders and patterns in a recipe to files on disk.</summary>
internal static class FileSelection
{
    /// <summary>The files, each once: in the order of the entries, and within one in ordinal order of paths.</summary>
    /// <param name="key">The recipe's key, for errors.</param>
    /// <param name="entries">Files, folders, patterns.</param>
    /// <param name="baseDirectory">Where relative ones start.</param>
    /// <param name="endings">Which files of a folder are taken; those and <c>.gz</c> too.</param>
    /// <exception cref="DataException">An entry matches nothing.</exception>
    public static IReadOnlyList<SelectedFile> Select(string key, IEnumerable<string> entries, string baseDirectory, string[] endings) =>
        [.. entries.SelectMany(entry => Select(key, entry, baseDirectory, endings)).DistinctBy(file => file.Path, StringComparer.Ordinal)];

    /// <summary>Refuses files that are to be trained on and validated on.</summary>
    public static void RefuseShared(IReadOnlyList<SelectedFile> train, IReadOnlyList<SelectedFile> validation)
    {
        if (train.IntersectBy(validation.Select(file => file.Path), file => file.Path).FirstOrDefault() is { } shared)
            throw new DataException($"'{shared.Path}' is in 'files' and in 'validation'. What is trained on says nothing when validated on: leave it out of one of them.");
    }

    private static SelectedFile[] Select(string key, string entry, string baseDirectory, string[] endings)
    {
        if (entry.Contains('*', StringComparison.Ordinal))
            return Match(key, entry, baseDirectory);
        string path = Path.GetFullPath(entry, baseDirectory);
        if (File.Exists(path))
            return [new SelectedFile(path, Named: true)];
        if (!Directory.Exists(path))
            throw new DataException($"{key}: there is no file or folder '{entry}' ({path}).{Neighbours(path)} Correct the path; it starts from '{baseDirectory}'.");
        SelectedFile[] found = [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Where(file => endings.Contains(Ending(file), StringComparer.Ordinal)).Order(StringComparer.Ordinal).Select(file => new SelectedFile(file, Named: false))];
        return found.Length > 0 ? found : throw new DataException(
            $"{key}: the folder '{entry}' ({path}) has no file that ends in {string.Join(", ", endings)}, or in one of them and .gz. Name others by a pattern, such as '{entry.TrimEnd('/')}/**/*.log'.");
    }

    private static SelectedFile[] Match(string key, string pattern, string baseDirectory)
    {
        // The part before the first segment with a star is a folder; the matcher takes the rest.
        string[] segments = pattern.Replace('\\', '/').Split('/');
        int fixedSegments = Array.FindIndex(segments, segment => segment.Contains('*', StringComparison.Ordinal));
        string start = string.Join('/', segments[..fixedSegments]);
        string folder = Path.GetFullPath(start.Length == 0 && pattern.StartsWith('/') ? "/" : start, baseDirectory);
        string rest = string.Join('/', segments[fixedSegments..]);
        SelectedFile[] found = Directory.Exists(folder)
            ? [.. new Matcher(StringComparison.Ordinal).AddInclude(rest).GetResultsInFullPath(folder)
                .Order(StringComparer.Ordinal).Select(file => new SelectedFile(Path.GetFullPath(file), Named: false))]
            : [];
        return found.Length > 0 ? found : throw new DataException(
            $"{key}: no file matches '{pattern}' below '{folder}'. '*' stands for any name, '**' for any folders between; the pattern starts from '{baseDirectory}'.");
    }

    /// <summary>The ending that says what a file's content is, in lower case: of <c>a.TSV.gz</c>, <c>.tsv</c>.</summary>
    public static string Ending(string file) =>
        Path.GetExtension(InflatedFiles.IsCompressed(file) ? file[..^3] : file).ToLowerInvariant();

    private static string Neighbours(string path)
    {
        string? folder = Path.GetDirectoryName(path);
        if (folder is null || !Directory.Exists(folder))
            return "";
        string[] names = [.. Directory.EnumerateFileSystemEntries(folder).Select(e => Path.GetFileName(e)!).Order(StringComparer.Ordinal).Take(8)];
        return names.Length == 0 ? $" The folder '{folder}' is empty." : $" The folder has: {string.Join(", ", names)}{(names.Length == 8 ? ", …" : "")}.";
    }
}
