using Microsoft.Extensions.FileSystemGlobbing;

namespace Tenon.Images;

/// <summary>Resolves the files and folders in options.</summary>
internal static class Paths
{
    /// <summary>Returns the file that an option names.</summary>
    /// <param name="path">The option's value; relative paths start at the recipe's folder.</param>
    /// <param name="option">The option's name.</param>
    /// <param name="component">The name of the data component.</param>
    /// <param name="context">The context of the run.</param>
    /// <exception cref="DataException">The value is empty, or the file does not exist.</exception>
    public static string File(string? path, string option, string component, DataContext context)
    {
        string full = Full(path, option, component, context);
        return System.IO.File.Exists(full) ? Content(full) : throw Missing("file", full, option, component, context);
    }

    /// <summary>Returns the folder that an option names.</summary>
    /// <inheritdoc cref="File"/>
    public static string Folder(string? path, string option, string component, DataContext context)
    {
        string full = Full(path, option, component, context);
        return Directory.Exists(full) ? full : throw Missing("folder", full, option, component, context);
    }

    /// <summary>Returns the files that match a path or a pattern with <c>*</c>, in ordinal order.</summary>
    /// <inheritdoc cref="File"/>
    public static IReadOnlyList<string> Files(string? pattern, string option, string component, DataContext context)
    {
        if (pattern is null || !pattern.Contains('*', StringComparison.Ordinal))
            return [File(pattern, option, component, context)];

        // The part before the first star is a folder; the matcher does not accept rooted patterns.
        string slashed = pattern.Replace('\\', '/');
        int cut = slashed.LastIndexOf('/', slashed.IndexOf('*', StringComparison.Ordinal)) + 1;
        string folder = Path.GetFullPath(slashed[..cut], context.BaseDirectory);
        string[] files = Directory.Exists(folder)
            ? [.. new Matcher(StringComparison.Ordinal).AddInclude(slashed[cut..]).GetResultsInFullPath(folder)
                .Order(StringComparer.Ordinal).Select(Content)]
            : [];
        return files.Length > 0
            ? files
            : throw new DataException($"{component}: '{option}' ({pattern}) matches no files in '{folder}'. Correct the pattern.");
    }

    private static string Content(string file) =>
        GitLfsPointer.IsAt(file) ? throw new DataException($"'{file}' {GitLfsPointer.Advice}.") : file;

    private static string Full(string? path, string option, string component, DataContext context) => string.IsNullOrWhiteSpace(path)
        ? throw new DataException(
            $"{component}: '{option}' is not set. Set it to a path; relative paths start at '{context.BaseDirectory}'.")
        : Path.GetFullPath(path, context.BaseDirectory);

    private static DataException Missing(string kind, string full, string option, string component, DataContext context) => new(
        $"{component}: '{option}' points to the {kind} '{full}', which does not exist. Correct the path; " +
        $"relative paths start at '{context.BaseDirectory}'.");
}
