using System.Text.Json;
using Tenon.Host.Artifacts;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Recipes;

namespace Tenon.Host.Runs;

/// <summary>The files written before a run's first step: recipe, plugins, configuration, tokenizer.</summary>
internal static class RunRecord
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Creates a run's folder with these files. If that fails, no folder remains: a run's folder always has a recipe.</summary>
    /// <param name="recipe">The run's recipe.</param>
    /// <param name="components">Provides the plugins.</param>
    /// <param name="layout">Configuration of the model.</param>
    /// <param name="tokenizer">The run's tokenizer, or null.</param>
    public static RunFolder Begin(Recipe recipe, ComponentFactory components, ModelLayout layout, ITokenizer? tokenizer)
    {
        RunFolder folder = RunFolder.Create(recipe.Output, recipe.Name);
        try
        {
            Write(folder, recipe, components, layout, tokenizer);
            return folder;
        }
        catch
        {
            Directory.Delete(folder.Path, recursive: true);
            throw;
        }
    }

    /// <summary>Writes the files. From now on the run can be resumed from its folder alone.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="recipe">The run's recipe.</param>
    /// <param name="components">Provides the plugins.</param>
    /// <param name="layout">Configuration of the model.</param>
    /// <param name="tokenizer">The run's tokenizer, or null.</param>
    public static void Write(RunFolder folder, Recipe recipe, ComponentFactory components, ModelLayout layout, ITokenizer? tokenizer)
    {
        ModelFolder.SaveConfiguration(folder.Path, layout, tokenizer);
        Durable.Write(folder.PluginsLock, path => PluginLock.Of(PluginsOf(recipe, components)).Write(path));
        Durable.WriteText(folder.Recipe, RecipeWriter.Resolve(recipe, components.Catalogue).ToJsonString(Indented) + "\n");
    }

    /// <summary>The plugins that a recipe uses, each once.</summary>
    /// <param name="recipe">A recipe.</param>
    /// <param name="components">Provides the plugins.</param>
    public static IEnumerable<PluginInfo> PluginsOf(Recipe recipe, ComponentFactory components) =>
        recipe.Components.Select(choice => components.Find(choice).Plugin).Distinct();
}
