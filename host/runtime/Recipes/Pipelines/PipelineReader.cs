using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Recipes.Pipelines;

/// <summary>What reading a pipeline gave.</summary>
/// <param name="Pipeline">The pipeline; null when there are findings.</param>
/// <param name="Findings">Everything that is wrong in any of its stages; empty when nothing is.</param>
public sealed record PipelineReading(Pipeline? Pipeline, IReadOnlyList<RecipeFinding> Findings)
{
    /// <summary>What is valid, but may not do what is expected.</summary>
    public IReadOnlyList<RecipeFinding> Warnings { get; init; } = [];
}

/// <summary>
/// Reads pipelines. A stage's values are those of the recipe that it names, over them the pipeline's sections, over
/// them the stage's own, then the environment and the command line: <c>--training:steps=100</c> for every stage,
/// <c>--stages:NAME:training:steps=100</c> for one.
/// </summary>
public static class PipelineReader
{
    /// <summary>Whether a file is a pipeline, whatever else is wrong with it.</summary>
    /// <param name="path">A file; may be missing.</param>
    /// <exception cref="IOException">The file exists but could not be read.</exception>
    public static bool IsPipeline(string path) => File.Exists(path) && Text(path).Content.Locations.ContainsKey(PipelineLayout.Stages);

    /// <summary>The files that a pipeline is read from: its own, and the recipes that its stages name, as far as they are there.</summary>
    /// <param name="path">The pipeline's file, or that of a single recipe.</param>
    /// <exception cref="IOException">A file exists but could not be read.</exception>
    public static IReadOnlyList<string> Files(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        IEnumerable<string?> named = !IsPipeline(path) ? [] : Text(path).Content.Values
            .Where(value => value.Key.Split(':') is [PipelineLayout.Stages, _, PipelineLayout.Recipe] && value.Value is not null)
            .Select(value => ShippedRecipes.FindFrom(value.Value!, folder));
        return [path, .. named.OfType<string>().Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Reads a file and checks all stages against what the catalogue knows, without loading a plugin.</summary>
    /// <param name="path">JSON, with comments and trailing commas allowed.</param>
    /// <param name="catalogue">The components there are.</param>
    /// <param name="overrides">Arguments of the command line; null: none.</param>
    /// <param name="environment">Environment variables; null: those of this process.</param>
    /// <param name="requireFolders">Whether the folders that the stages name, and that no stage makes, have to be there: not yet when it is only looked at.</param>
    /// <exception cref="IOException">A file exists but could not be read.</exception>
    public static PipelineReading Read(
        string path, PluginCatalogue catalogue, IReadOnlyList<string>? overrides = null, IEnumerable<KeyValuePair<string, string?>>? environment = null, bool requireFolders = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(catalogue);
        if (!File.Exists(path))
            return new PipelineReading(null, [ShippedRecipes.Missing(path)]);
        RecipeText text = Text(path);
        RecipeSettings settings = RecipeSettings.Read(environment ?? RecipeSettings.ProcessEnvironment(), overrides ?? []);
        List<RecipeFinding> findings = [.. text.Findings, .. settings.Findings];
        List<RecipeFinding> warnings = [];
        Pipeline? pipeline = text.IsWellFormed ? new PipelineChecker(path, text.Content, settings, catalogue, findings, warnings, requireFolders).Check() : null;
        return new PipelineReading(findings.Count > 0 ? null : pipeline, InOrder(findings, path)) { Warnings = InOrder(warnings, path) };
    }

    /// <summary>A recipe's text, with what is wrong with it.</summary>
    /// <param name="path">An existing file.</param>
    internal static RecipeText Text(string path) => RecipeText.Read(path, hasLines: true, File.ReadAllBytes(path));

    // What is wrong in a section that several stages share is wrong once.
    private static List<RecipeFinding> InOrder(List<RecipeFinding> findings, string path) =>
        [.. findings.Distinct().OrderBy(f => f.Line is null ? 2 : f.Source == path ? 0 : 1).ThenBy(f => f.Source, StringComparer.Ordinal).ThenBy(f => f.Line)];
}
