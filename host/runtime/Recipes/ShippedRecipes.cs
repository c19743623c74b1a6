using Tenon.Host.Recipes.Pipelines;

namespace Tenon.Host.Recipes;

/// <summary>A recipe shipped with the program.</summary>
/// <param name="Name">The recipe's name on the command line.</param>
/// <param name="Model">Its architecture; null for a pipeline.</param>
/// <param name="Strategy">Its strategy; null for a pipeline.</param>
/// <param name="Data">Its data; null for a pipeline.</param>
/// <param name="Stages">Names of the pipeline's stages in order; empty for a single recipe.</param>
internal sealed record ShippedRecipe(string Name, string? Model, string? Strategy, string? Data, IReadOnlyList<string> Stages);

/// <summary>The recipes shipped with the program.</summary>
internal static class ShippedRecipes
{
    private const string Default = "gpt-sdk-docs";

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "recipes");

    /// <summary>Names of the recipes, sorted.</summary>
    public static IEnumerable<string> Names => Directory.Exists(Folder)
        ? Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)
        : [];

    /// <summary>The recipes, with their components or stages.</summary>
    public static IEnumerable<ShippedRecipe> All => Names.Select(name =>
    {
        RecipeValues content = PipelineReader.Text(Path.Combine(Folder, $"{name}.json")).Content;
        string[] stages = [.. content.Values.Keys.Where(key => key.Split(':') is [PipelineLayout.Stages, _, "name"])
            .Select(key => content.Values[key]!)];
        return new ShippedRecipe(name, Use("model"), Use("strategy"), Use("data"), stages);

        string? Use(string section) => content.Values.GetValueOrDefault($"{section}:use");
    });

    /// <summary>
    /// Resolves a recipe: the file at this path, otherwise the shipped recipe with this name; null for the default recipe.
    /// </summary>
    /// <param name="recipe">Path or name, or null.</param>
    public static string Find(string? recipe)
    {
        string shipped = Path.Combine(Folder, $"{recipe ?? Default}.json");
        return recipe is null || (!File.Exists(recipe) && File.Exists(shipped)) ? shipped : recipe;
    }

    /// <summary>
    /// Resolves a recipe that another file refers to: a file next to it, with or without extension, otherwise the shipped
    /// recipe with this name; null if there is none.
    /// </summary>
    /// <param name="recipe">Path or name.</param>
    /// <param name="folder">Folder of the referring file.</param>
    public static string? FindFrom(string recipe, string folder) =>
        new[] { Path.GetFullPath(recipe, folder), Path.GetFullPath($"{recipe}.json", folder),
            Path.Combine(Folder, $"{recipe}.json") }.FirstOrDefault(File.Exists);

    /// <summary>Returns the finding for a missing file.</summary>
    /// <param name="path">The path as typed.</param>
    public static RecipeFinding Missing(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        IEnumerable<string> files = Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*.json").Select(f => Path.GetFileName(f)) : [];
        string? nearest = NearestName.Of(Path.GetFileName(path), files)
            ?? NearestName.Of(Path.GetFileNameWithoutExtension(path), Names);
        return new RecipeFinding(path, null, "", null, null, nearest,
            $"The recipe file does not exist, and no shipped recipe has this name.{NearestName.Question(nearest)}");
    }

    /// <summary>Returns a recipe's argument on the command line: its name if it is shipped, otherwise its path.</summary>
    /// <param name="file">Full path of a recipe.</param>
    public static string Name(string file) =>
        Path.GetDirectoryName(file) == Folder
            ? Path.GetFileNameWithoutExtension(file) : Path.GetRelativePath(Environment.CurrentDirectory, file);
}
