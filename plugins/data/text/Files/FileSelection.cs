using Microsoft.Extensions.FileSystemGlobbing;

namespace Tenon.Text.Files;

/// <summary>A file to read.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Named">Whether the recipe names the file itself, rather than a folder or pattern that contains it.</param>
internal sealed record SelectedFile(string Path, bool Named);

/// <summary>Resolves files, folders and patterns in a recipe to files on disk.</summary>
internal static class FileSelection
{
    /// <summary>Returns the distinct files, in the order of the entries, and within an entry in ordinal order of paths.</summary>
    /// <param name="key">The recipe's key, for errors.</param>
    /// <param name="entries">Files, folders, patterns.</param>
    /// <param name="baseDirectory">The base of relative paths.</param>
    /// <param name="extensions">Extensions of the files to take from a folder, optionally followed by <c>.gz</c>.</param>
    /// <exception cref="DataException">An entry matches nothing.</exception>
    public static IReadOnlyList<SelectedFile> Select(string key, IEnumerable<string> entries, string baseDirectory,
        IReadOnlyList<string> extensions) =>
        [.. entries.SelectMany(entry => Select(key, entry, baseDirectory, extensions))
            .DistinctBy(file => RealPath.Of(file.Path), StringComparer.Ordinal)];

    /// <summary>Throws if a file is used for both training and validation.</summary>
    public static void RejectShared(IReadOnlyList<SelectedFile> train, IReadOnlyList<SelectedFile> validation)
    {
        var trained = train.DistinctBy(file => RealPath.Of(file.Path)).ToDictionary(file => RealPath.Of(file.Path), StringComparer.Ordinal);
        foreach (SelectedFile file in validation)
        {
            if (!trained.TryGetValue(RealPath.Of(file.Path), out SelectedFile? shared))
                continue;
            string link = shared.Path == file.Path ? "" : $" (through a link as '{shared.Path}')";
            throw new DataException(
                $"'{file.Path}' is in both 'files'{link} and 'validation', which makes validation meaningless. Remove it from one of " +
                "them.");
        }
    }

    private static SelectedFile[] Select(string key, string entry, string baseDirectory, IReadOnlyList<string> extensions)
    {
        if (entry.Contains('*', StringComparison.Ordinal))
            return Match(key, entry, baseDirectory);
        string path = Path.GetFullPath(entry, baseDirectory);
        if (File.Exists(path))
            return [new SelectedFile(path, Named: true)];
        if (!Directory.Exists(path))
            throw new DataException(
                $"{key}: file or folder '{entry}' ({path}) does not exist.{Neighbors(path)} Correct the path; it is relative to " +
                $"'{baseDirectory}'.");
        SelectedFile[] found = [.. Below(path, [])
            .Where(file => extensions.Contains(Extension(file), StringComparer.Ordinal)).Order(StringComparer.Ordinal)
            .Select(file => new SelectedFile(file, Named: false))];
        return found.Length > 0 ? found : throw new DataException(
            $"{key}: the folder '{entry}' ({path}) has no file that ends in {string.Join(", ", extensions)}, optionally followed by " +
            $".gz. Select other files with a pattern, such as '{entry.TrimEnd('/')}/**/*.log'.");
    }

    private static SelectedFile[] Match(string key, string pattern, string baseDirectory)
    {
        // The part before the first segment with a star is a folder; the matcher handles the rest.
        string[] segments = pattern.Replace('\\', '/').Split('/');
        int fixedSegments = Array.FindIndex(segments, segment => segment.Contains('*', StringComparison.Ordinal));
        string start = string.Join('/', segments[..fixedSegments]);
        string folder = Path.GetFullPath(start.Length == 0 && pattern.StartsWith('/') ? "/" : start, baseDirectory);
        string rest = string.Join('/', segments[fixedSegments..]);
        bool namesHidden = segments.Any(segment => segment.StartsWith('.') && segment is not ("." or ".."));
        SelectedFile[] found = Directory.Exists(folder)
            ? [.. new Matcher(StringComparison.Ordinal).AddInclude(rest).GetResultsInFullPath(folder)
                .Where(file => namesHidden
                    || !Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).Any(part => part.StartsWith('.')))
                .Order(StringComparer.Ordinal).Select(file => new SelectedFile(Path.GetFullPath(file), Named: false))]
            : [];
        return found.Length > 0 ? found : throw new DataException(
            $"{key}: no file matches '{pattern}' below '{folder}'. '*' matches any name, '**' any folders in between; the pattern is " +
            $"relative to '{baseDirectory}'.");
    }

    /// <summary>Returns the extension that identifies a file's format, in lower case: <c>.tsv</c> for <c>a.TSV.gz</c>.</summary>
    public static string Extension(string file) =>
        Path.GetExtension(InflatedFiles.IsCompressed(file) ? file[..^3] : file).ToLowerInvariant();

    // Files at any depth, without hidden files and folders. A folder that is reached twice through links is read once.
    private static IEnumerable<string> Below(string folder, HashSet<string> seen)
    {
        if (!seen.Add(RealPath.Of(folder)))
            return [];
        return Directory.EnumerateFileSystemEntries(folder).Where(entry => !Path.GetFileName(entry).StartsWith('.'))
            .Order(StringComparer.Ordinal)
            .SelectMany(entry => Directory.Exists(entry) ? Below(entry, seen) : [entry]);
    }

    private static string Neighbors(string path)
    {
        string? folder = Path.GetDirectoryName(path);
        if (folder is null || !Directory.Exists(folder))
            return "";
        string[] names =
            [.. Directory.EnumerateFileSystemEntries(folder).Select(e => Path.GetFileName(e)!).Order(StringComparer.Ordinal).Take(8)];
        return names.Length == 0
            ? $" The folder '{folder}' is empty."
            : $" The folder contains: {string.Join(", ", names)}{(names.Length == 8 ? ", …" : "")}.";
    }
}
