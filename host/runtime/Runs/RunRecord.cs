using System.Text.Json;
using Tenon.Host.Artifacts;
using Tenon.Host.Data;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Recipes;
using Tenon.Host.Training.Checkpoints;

namespace Tenon.Host.Runs;

/// <summary>
/// The files that are written before a run's first step: recipe, plugins, configuration, tokenizer, a hash of the data.
/// </summary>
/// <param name="recipe">The run's recipe.</param>
/// <param name="components">Provides the plugins.</param>
/// <param name="layout">Configuration of the model.</param>
/// <param name="tokenizer">The run's tokenizer, or null.</param>
/// <param name="data">The run's data.</param>
internal sealed class RunRecord(Recipe recipe, ComponentFactory components, ModelLayout layout, ITokenizer? tokenizer, DataRecord data)
{
    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The resolved recipe as text.</summary>
    public string Recipe => RecipeWriter.Resolve(recipe, components.Catalogue).ToJsonString(Indented) + "\n";

    /// <summary>The plugins in use as text, with versions and hashes.</summary>
    public string Plugins => string.Join('\n', Used.Select(plugin => $"{plugin.Id} {plugin.Version} {plugin.Sha256}"));

    private IEnumerable<PluginInfo> Used => recipe.Components.Select(choice => components.Find(choice).Plugin).Distinct();

    /// <summary>
    /// Writes the files into the folder of a run that is resumed or restarted. The summary is deleted, because the run is
    /// unfinished again.
    /// </summary>
    /// <param name="folder">The run's folder, locked.</param>
    /// <param name="restarts">Whether the run is restarted, without its checkpoints.</param>
    public void Replace(RunFolder folder, bool restarts)
    {
        folder.RemoveLeftovers();
        File.Delete(folder.Summary);
        if (restarts)
            Checkpoint.RemoveAll(folder);
        Write(folder);
    }

    /// <summary>Writes the files into the folder of a new run, which can be resumed from its folder alone from now on.</summary>
    /// <param name="folder">The run's folder, locked.</param>
    public void Write(RunFolder folder)
    {
        ModelFolder.SaveConfiguration(folder.Path, layout, tokenizer);
        Durable.Write(folder.PluginsLock,
            path => PluginLock.Of(Used).Write(path));
        data.Write(folder);
        Durable.WriteText(folder.Recipe, Recipe);
    }
}
