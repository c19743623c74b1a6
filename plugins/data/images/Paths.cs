using Microsoft.Extensions.FileSystemGlobbing;

namespace Tenon.Images;

/// <summary>Finds the files that options name.</summary>
internal static class Paths
{
    /// <summary>The file of an option.</summary>
    /// <param name="path">The option's value; relative paths start at the recipe's folder.</param>
    /// <param name="option">The option's name.</param>
    /// <param name="component">The data's name.</param>
    /// <param name="context">Of the run.</param>
    /// <exception cref="DataException">The value is empty, or no such file is there.</exception>
    public static string File(string? path, string option, string component, DataContext context)
    {
        string full = Full(path, option, component, context);
        return System.IO.File.Exists(full) ? full : throw Missing("file", full, option, component, context);
    }

    /// <summary>The folder of an option.</summary>
    /// <inheritdoc cref="File"/>
    public static string Folder(string? path, string option, string component, DataContext context)
    {
        string full = Full(path, option, component, context);
        return Directory.Exists(full) ? full : throw Missing("folder", full, option, component, context);
    }

    /// <summary>The files that a path or a pattern with <c>*</c> stands for, in ordinal order.</summary>
    /// <inheritdoc cref="File"/>
    public static IReadOnlyList<string> Files(string? pattern, string option, string component, DataContext context)
    {
        if (pattern is null || !pattern.Contains('*', StringComparison.Ordinal))
            return [File(pattern, option, component, context)];

        // The part before the first star is a folder; the matcher takes no rooted patterns.
        string slashed = pattern.Replace('\\', '/');
        int cut = slashed.LastIndexOf('/', slashed.IndexOf('*', StringComparison.Ordinal)) + 1;
        string folder = Path.GetFullPath(slashed[..cut], context.BaseDirectory);
        string[] files = Directory.Exists(folder)
            ? [.. new Matcher(StringComparison.Ordinal).AddInclude(slashed[cut..]).GetResultsInFullPath(folder).Order(StringComparer.Ordinal)]
            : [];
        return files.Length > 0 ? files : throw new DataException($"{component}: '{option}' ({pattern}) matches no file in '{folder}'. Correct the pattern.");
    }

    /// <summary>Name, size and time of a file, for fingerprints.</summary>
    public static string Describe(string file)
    {
        var info = new FileInfo(file);
        return $"{info.FullName}|{info.Length}|{info.LastWriteTimeUtc.Ticks}";
    }

    private static string Full(string? path, string option, string component, DataContext context) => string.IsNullOrWhiteSpace(path)
        ? throw new DataException($"{component}: '{option}' is not set. Name a path; relative ones start at '{context.BaseDirectory}'.")
        : Path.GetFullPath(path, context.BaseDirectory);

    private static DataException Missing(string kind, string full, string option, string component, DataContext context) => new(
        $"{component}: '{option}' names the {kind} '{full}', which is not there. Correct the path; relative ones start at '{context.BaseDirectory}'.");
}
