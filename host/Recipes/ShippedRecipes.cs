namespace Tenon.Host.Recipes;

/// <summary>The recipes that lie beside the program.</summary>
internal static class ShippedRecipes
{
    private const string Default = "gpt-sdk-docs";

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "recipes");

    /// <summary>Their names, sorted.</summary>
    public static IEnumerable<string> Names => Directory.Exists(Folder)
        ? Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)
        : [];

    /// <summary>The file that a user means: the one of this path, else the shipped one of this name; none: the default recipe.</summary>
    /// <param name="recipe">Path or name, or null.</param>
    public static string Find(string? recipe)
    {
        string shipped = Path.Combine(Folder, $"{recipe ?? Default}.json");
        return recipe is null || (!File.Exists(recipe) && File.Exists(shipped)) ? shipped : recipe;
    }

    /// <summary>What a user types for a recipe's file: its name when it is a shipped one, else its path.</summary>
    /// <param name="file">Full path of a recipe.</param>
    public static string Name(string file) =>
        Path.GetDirectoryName(file) == Folder ? Path.GetFileNameWithoutExtension(file) : Path.GetRelativePath(Environment.CurrentDirectory, file);
}
