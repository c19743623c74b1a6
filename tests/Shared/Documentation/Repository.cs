namespace Tenon.Tests;

/// <summary>The repository around the tests.</summary>
internal static class Repository
{
    private static readonly string[] Generated = ["bin", "obj", "artifacts", "runs", "TestResults", "node_modules"];

    /// <summary>Its folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every Markdown page by its path in the repository, except for the READMEs of reference data.</summary>
    public static IEnumerable<string> Pages => Files(Root)
        .Where(file => Path.GetExtension(file) == ".md")
        .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
        .Where(page => !page.StartsWith("tests/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its path in the repository.</param>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>A section of a Markdown page, without the sections after it.</summary>
    /// <param name="page">The page's path in the repository.</param>
    /// <param name="title">The heading, of the second level.</param>
    public static string Section(string page, string title)
    {
        string text = Read(page).ReplaceLineEndings("\n");
        int start = text.IndexOf($"\n## {title}\n", StringComparison.Ordinal);
        if (start < 0)
            throw new InvalidOperationException($"{page} has no section '{title}'.");
        int end = text.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        return end < 0 ? text[start..] : text[start..end];
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder).Concat(Directory.EnumerateDirectories(folder)
            .Where(below => Path.GetFileName(below) is var name && name[0] != '.' && !Generated.Contains(name, StringComparer.Ordinal))
            .SelectMany(Files));

    private static string FindRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Framework.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        return folder;
    }
}
