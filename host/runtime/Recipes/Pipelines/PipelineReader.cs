using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Recipes.Pipelines;

/// <summary>Result of reading a pipeline.</summary>
/// <param name="Pipeline">The pipeline; null if there are findings.</param>
/// <param name="Findings">Errors in all stages; empty if there are none.</param>
public sealed record PipelineReading(Pipeline? Pipeline, IReadOnlyList<RecipeFinding> Findings)
{
    /// <summary>Valid settings that may not have the expected effect.</summary>
    public IReadOnlyList<RecipeFinding> Warnings { get; init; } = [];
}

/// <summary>
/// Reads pipelines. A stage's values come, in increasing order of precedence, from its base recipe, the pipeline's sections, the
/// stage's own settings, the environment, and the command line: <c>--training:steps=100</c> for every stage,
/// <c>--stages:NAME:training:steps=100</c> for one.
/// </summary>
public static class PipelineReader
{
    /// <summary>Returns whether a file is a pipeline, even if it has errors.</summary>
    /// <param name="path">A file; may be missing.</param>
    /// <exception cref="IOException">The file exists but could not be read.</exception>
    public static bool IsPipeline(string path) => File.Exists(path) && Text(path).Content.Locations.ContainsKey(PipelineLayout.Stages);

    /// <summary>Returns the files that make up a pipeline: its own file, and the existing base recipes of its stages.</summary>
    /// <param name="path">File of a pipeline or recipe.</param>
    /// <exception cref="IOException">A file exists but could not be read.</exception>
    public static IReadOnlyList<string> Files(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        IEnumerable<string?> named = !IsPipeline(path) ? [] : Text(path).Content.Values
            .Where(value => value.Key.Split(':') is [PipelineLayout.Stages, _, PipelineLayout.Recipe] && value.Value is not null)
            .Select(value => ShippedRecipes.FindFrom(value.Value!, folder));
        return [path, .. named.OfType<string>().Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Reads a file and checks all stages against the catalogue, without loading a plugin.</summary>
    /// <param name="path">JSON, with comments and trailing commas allowed.</param>
    /// <param name="catalogue">The available components.</param>
    /// <param name="overrides">Arguments of the command line; null if there are none.</param>
    /// <param name="environment">Environment variables; null for those of this process.</param>
    /// <param name="requireFolders">
    /// Whether folders in the stages, except those that stages create, must exist; false if the pipeline is only displayed.
    /// </param>
    /// <exception cref="IOException">A file exists but could not be read.</exception>
    public static PipelineReading Read(
        string path, PluginCatalogue catalogue, IReadOnlyList<string>? overrides = null,
        IEnumerable<KeyValuePair<string, string?>>? environment = null, bool requireFolders = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(catalogue);
        if (!File.Exists(path))
            return new PipelineReading(null, [ShippedRecipes.Missing(path)]);
        RecipeText text = Text(path);
        RecipeSettings settings = RecipeSettings.Read(environment ?? RecipeSettings.ProcessEnvironment(), overrides ?? []);
        List<RecipeFinding> findings = [.. text.Findings, .. settings.Findings];
        List<RecipeFinding> warnings = [];
        Pipeline? pipeline = text.IsWellFormed
            ? new PipelineChecker(path, text.Content, settings, catalogue, findings, warnings, requireFolders).Check() : null;
        return new PipelineReading(findings.Count > 0 ? null : pipeline, InOrder(findings, path)) { Warnings = InOrder(warnings, path) };
    }

    /// <summary>Reads a recipe's text, with its findings.</summary>
    /// <param name="path">An existing file.</param>
    internal static RecipeText Text(string path) => RecipeText.Read(path, hasLines: true, File.ReadAllBytes(path));

    // Errors in a section that several stages share are reported once.
    private static List<RecipeFinding> InOrder(List<RecipeFinding> findings, string path) =>
        [.. findings.Distinct().OrderBy(f => f.Line is null ? 2 : f.Source == path ? 0 : 1).ThenBy(f => f.Source, StringComparer.Ordinal)
            .ThenBy(f => f.Line)];
}
