namespace Tenon.Host.Native;

/// <summary>Messages about folders that do not exist.</summary>
internal static class MissingFolder
{
    /// <summary>Returns a sentence about a missing folder, with the nearest name next to it.</summary>
    /// <param name="folder">The folder as the user wrote it.</param>
    public static string Message(string folder) => $"The folder '{folder}' does not exist.{NearestName.Question(Nearest(folder))}";

    /// <summary>
    /// Returns the existing folder with the nearest name in the same place, written in the same way; null if there is none.
    /// </summary>
    /// <param name="folder">The folder as the user wrote it.</param>
    public static string? Nearest(string folder)
    {
        string written = Path.TrimEndingDirectorySeparator(folder);
        string? parent = Path.GetDirectoryName(Path.GetFullPath(written));
        if (parent is null || !Directory.Exists(parent))
            return null;
        IEnumerable<string> names = Directory.EnumerateDirectories(parent, "*", new EnumerationOptions())
            .Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
        return NearestName.Of(Path.GetFileName(written), names) is { } name
            ? Path.Combine(Path.GetDirectoryName(written) ?? "", name) : null;
    }
}
