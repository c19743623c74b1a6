using Tenon.Host.Recipes.Pipelines;

namespace Tenon.Host.Recipes;

/// <summary>A recipe that lies beside the program.</summary>
/// <param name="Name">What a user types.</param>
/// <param name="Model">Its architecture; null of a pipeline.</param>
/// <param name="Strategy">Its strategy; null of a pipeline.</param>
/// <param name="Data">Its data; null of a pipeline.</param>
/// <param name="Stages">Names of the stages of a pipeline, in their order; empty when it is one recipe.</param>
internal sealed record ShippedRecipe(string Name, string? Model, string? Strategy, string? Data, IReadOnlyList<string> Stages);

/// <summary>The recipes that lie beside the program.</summary>
internal static class ShippedRecipes
{
    private const string Default = "gpt-sdk-docs";

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "recipes");

    /// <summary>Their names, sorted.</summary>
    public static IEnumerable<string> Names => Directory.Exists(Folder)
        ? Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)
        : [];

    /// <summary>What each is: its components, or the names of its stages.</summary>
    public static IEnumerable<ShippedRecipe> All => Names.Select(name =>
    {
        RecipeValues content = PipelineReader.Text(Path.Combine(Folder, $"{name}.json")).Content;
        string[] stages = [.. content.Values.Keys.Where(key => key.Split(':') is [PipelineLayout.Stages, _, "name"]).Select(key => content.Values[key]!)];
        return new ShippedRecipe(name, Use("model"), Use("strategy"), Use("data"), stages);

        string? Use(string section) => content.Values.GetValueOrDefault($"{section}:use");
    });

    /// <summary>The file that a user means: the one of this path, else the shipped one of this name; none: the default recipe.</summary>
    /// <param name="recipe">Path or name, or null.</param>
    public static string Find(string? recipe)
    {
        string shipped = Path.Combine(Folder, $"{recipe ?? Default}.json");
        return recipe is null || (!File.Exists(recipe) && File.Exists(shipped)) ? shipped : recipe;
    }

    /// <summary>The file that another one names: beside it, with or without its ending, else the shipped one of this name; null: there is none.</summary>
    /// <param name="recipe">Path or name.</param>
    /// <param name="folder">Folder of the file that names it.</param>
    public static string? FindFrom(string recipe, string folder) =>
        new[] { Path.GetFullPath(recipe, folder), Path.GetFullPath($"{recipe}.json", folder), Path.Combine(Folder, $"{recipe}.json") }.FirstOrDefault(File.Exists);

    /// <summary>What to say of a file that is not there.</summary>
    /// <param name="path">As it was given.</param>
    public static RecipeFinding Missing(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string? nearest = Directory.Exists(folder)
            ? NearestName.Of(Path.GetFileName(path), Directory.EnumerateFiles(folder, "*.json").Select(f => Path.GetFileName(f)))
            : null;
        return new RecipeFinding(path, null, "", null, null, nearest, $"There is no such recipe file.{NearestName.Question(nearest)}");
    }

    /// <summary>What a user types for a recipe's file: its name when it is a shipped one, else its path.</summary>
    /// <param name="file">Full path of a recipe.</param>
    public static string Name(string file) =>
        Path.GetDirectoryName(file) == Folder ? Path.GetFileNameWithoutExtension(file) : Path.GetRelativePath(Environment.CurrentDirectory, file);
}
