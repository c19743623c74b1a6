using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Recipes;

namespace Tenon.Host.Artifacts;

/// <summary>The recipe that a run stored in its folder.</summary>
internal static class StoredRecipe
{
    /// <summary>Reads the recipe.</summary>
    /// <param name="folder">A run's folder.</param>
    /// <param name="catalogue">The available components.</param>
    /// <param name="overrides">Settings as on the command line; null for none.</param>
    /// <exception cref="CheckpointException">The folder does not exist, or is not a run's folder.</exception>
    /// <exception cref="RecipeException">The recipe or an override is invalid; the exception contains all findings.</exception>
    public static (RunFolder Folder, Recipe Recipe) Read(string folder, PluginCatalogue catalogue, IReadOnlyList<string>? overrides)
    {
        RunFolder run = RunFolder.Open(folder);
        if (PipelineFolder.Error(folder) is { } error)
            throw new CheckpointException(error);
        return File.Exists(run.Recipe)
            ? (run, RecipeReader.Read(run.Recipe, catalogue, overrides ?? []).GetRecipe())
            : throw new CheckpointException($"'{run.Path}' is not a run's folder: it has no recipe.json. " +
                "Use the folder that 'run' printed.");
    }
}
