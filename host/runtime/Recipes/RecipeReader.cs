using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Recipes.Pipelines;

namespace Tenon.Host.Recipes;

/// <summary>Result of reading a recipe.</summary>
/// <param name="Recipe">The recipe; null if there are findings.</param>
/// <param name="Findings">All errors by source and line; empty if there are none.</param>
public sealed record RecipeReading(Recipe? Recipe, IReadOnlyList<RecipeFinding> Findings)
{
    /// <summary>Valid settings that may not have the expected effect.</summary>
    public IReadOnlyList<RecipeFinding> Warnings { get; init; } = [];

    /// <summary>Returns the recipe.</summary>
    /// <exception cref="RecipeException">The recipe is invalid; the exception contains all findings.</exception>
    public Recipe GetRecipe() => Recipe ?? throw new RecipeException(Findings);
}

/// <summary>
/// Reads recipes from the text, environment variables (<c>TENON_training__steps</c>) and the command line
/// (<c>--training:steps=100</c>), each of which overrides the previous ones, and checks the result against the catalogue, without
/// loading a plugin.
/// </summary>
public static class RecipeReader
{
    /// <summary>The key of the model folder that a recipe starts from.</summary>
    internal const string FromKey = "model:from";

    /// <summary>Reads a file.</summary>
    /// <param name="path">JSON, with comments and trailing commas allowed.</param>
    /// <param name="catalogue">The available components.</param>
    /// <param name="overrides">Arguments of the command line; null if there are none.</param>
    /// <param name="environment">Environment variables; null for those of this process.</param>
    /// <param name="requireFolders">
    /// Whether the recipe's folders must exist; false if the recipe is only displayed.
    /// </param>
    /// <exception cref="IOException">The file exists but could not be read.</exception>
    public static RecipeReading Read(
        string path, PluginCatalogue catalogue, IReadOnlyList<string>? overrides = null,
        IEnumerable<KeyValuePair<string, string?>>? environment = null, bool requireFolders = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(catalogue);
        if (!File.Exists(path))
            return new RecipeReading(null, [ShippedRecipes.Missing(path)]);
        var sources = RecipeSources.Read(path, hasLines: true, File.ReadAllBytes(path),
            RecipeSettings.Read(environment ?? RecipeSettings.ProcessEnvironment(), overrides ?? []), new OptionIndex(catalogue));
        return Read(sources, Path.GetFullPath(path), Path.GetDirectoryName(Path.GetFullPath(path))!, catalogue, requireFolders);
    }

    /// <summary>Reads a recipe from an object.</summary>
    /// <param name="recipe">The content.</param>
    /// <param name="baseDirectory">Base folder of its relative paths.</param>
    /// <param name="catalogue">The available components.</param>
    /// <param name="overrides">Arguments of the command line; null for none.</param>
    /// <param name="environment">Environment variables; null for none, because an object is complete.</param>
    /// <param name="requireFolders">Whether the recipe's folders must exist.</param>
    public static RecipeReading Read(
        JsonObject recipe, string baseDirectory, PluginCatalogue catalogue, IReadOnlyList<string>? overrides = null,
        IEnumerable<KeyValuePair<string, string?>>? environment = null, bool requireFolders = false)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(catalogue);
        var sources = RecipeSources.Read("recipe", hasLines: false, JsonSerializer.SerializeToUtf8Bytes(recipe),
            RecipeSettings.Read(environment ?? [], overrides ?? []), new OptionIndex(catalogue));
        return Read(sources, null, baseDirectory, catalogue, requireFolders);
    }

    private static RecipeReading Read(RecipeSources sources, string? file, string baseDirectory, PluginCatalogue catalogue,
        bool requireFolders)
    {
        List<RecipeFinding> findings = [.. sources.Findings];
        List<RecipeFinding> warnings = [];
        if (sources.IsReadable && sources.Configuration.GetSection(PipelineLayout.Stages).Exists())
            findings.Add(sources.Finding(PipelineLayout.Stages, PipelineLayout.Stages, null, null, null,
                "makes this a pipeline, but a single recipe is required. Use the recipe of one of its stages."));
        else if (sources.IsReadable)
        {
            var checker = new RecipeChecker(sources, catalogue, findings, warnings);
            checker.Check();
            findings.AddRange(StageReferences.Check(sources, stages: null, at: 0));
            if (requireFolders)
                checker.Folders(baseDirectory);
        }

        findings = [.. findings.OrderBy(f => f.Line ?? int.MaxValue)];
        return new RecipeReading(findings.Count > 0 ? null : Bind(sources, file, baseDirectory), findings) { Warnings = warnings };
    }

    /// <summary>Creates the recipe from sources without findings.</summary>
    /// <param name="sources">The sources.</param>
    /// <param name="file">The recipe's file, or null.</param>
    /// <param name="recipeDirectory">Base folder of relative paths if the recipe sets none.</param>
    internal static Recipe Bind(RecipeSources sources, string? file, string recipeDirectory)
    {
        IConfigurationRoot root = sources.Configuration;
        string baseDirectory = BaseDirectory(root, recipeDirectory);
        var defaults = new Recipe
        {
            BaseDirectory = baseDirectory,
            File = file,
            Components = [.. ComponentKind.All.SelectMany(kind => RecipeLayout.Items(kind, root).Select(item => Component(kind, item))
                .OfType<ComponentChoice>())],
            From = root[FromKey] is { Length: > 0 } from ? Path.GetFullPath(from, baseDirectory) : null,
            Training = Options<TrainingOptions>("training"),
            Validation = Options<ValidationOptions>("validation"),
            Checkpoints = Options<CheckpointOptions>("checkpoints"),
            Samples = Options<SampleOptions>("samples"),
        };
        return defaults with
        {
            Name = root["name"] ?? defaults.Name,
            Seed = root.GetValue("seed", defaults.Seed),
            Output = root["output"] ?? defaults.Output,
        };

        T Options<T>(string key) => OptionsBinder.Bind<T>($"section '{key}'", root.GetSection(key));

        static ComponentChoice? Component(ComponentKind kind, IConfigurationSection section)
        {
            if (section["use"] is not { } use)
                return null;
            (string name, string? version) = ComponentReference.Split(use);
            return new ComponentChoice(kind, name, version, section);
        }
    }

    /// <summary>Base folder of relative paths in a recipe.</summary>
    /// <param name="root">The recipe's values.</param>
    /// <param name="recipeDirectory">Default if the recipe sets none.</param>
    internal static string BaseDirectory(IConfigurationRoot root, string recipeDirectory) =>
        root["baseDirectory"] is { Length: > 0 } named ? Path.GetFullPath(named, recipeDirectory) : Path.GetFullPath(recipeDirectory);
}
