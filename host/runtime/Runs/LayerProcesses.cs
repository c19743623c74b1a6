using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Processes;
using Tenon.Host.Recipes;

namespace Tenon.Host.Runs;

/// <summary>
/// The settings of the processes that divide the layers of a model that is not trained: <c>--parallel:tensor=2</c>. Without such settings,
/// a process works alone.
/// </summary>
internal static class LayerProcesses
{
    private static readonly string Prefix = $"--{ComponentKind.Communicator.Section}:";
    private static readonly string Use = $"{Prefix}use=";

    /// <summary>Chooses the processes.</summary>
    /// <param name="catalogue">The plugins.</param>
    /// <param name="settings">Settings as on the command line.</param>
    /// <returns>The choice, or null if no setting belongs to it; and the other settings.</returns>
    /// <exception cref="NotOfferedException">No plugin connects processes.</exception>
    /// <exception cref="RecipeException">A setting is invalid; the exception contains all findings.</exception>
    public static (ComponentChoice? Processes, IReadOnlyList<string> Others) Choose(
        PluginCatalogue catalogue, IReadOnlyList<string> settings)
    {
        ILookup<bool, string> belongs = RecipeSettings.Joined(settings).ToLookup(Belongs);
        if (!belongs[true].Any())
            return (null, settings);
        ILookup<bool, string> names = belongs[true].ToLookup(setting => setting.StartsWith(Use, StringComparison.OrdinalIgnoreCase));
        string use = names[true].LastOrDefault()?[Use.Length..] ?? First(catalogue);
        ComponentInfo engine = catalogue.Find(ComponentKind.Communicator, use)
            ?? throw new NotOfferedException($"No plugin provides the communicator '{use}'.{catalogue.NotReady}");
        return (ComponentSettings.Choose(engine, [.. names[false]], ofHost: true), [.. belongs[false]]);
    }

    /// <summary>
    /// Completes the settings with which a run's recipe is read, so that its processes, which trained the model, do not matter.
    /// </summary>
    /// <param name="catalogue">The plugins.</param>
    /// <param name="settings">Settings as on the command line.</param>
    /// <returns>The settings, and whether processes divide the layers.</returns>
    public static (IReadOnlyList<string> Settings, bool Divide) Complete(PluginCatalogue catalogue, IReadOnlyList<string> settings) =>
        !RecipeSettings.Joined(settings).Any(Belongs) ? (settings, false) :
        ([
            Use + First(catalogue), $"{Prefix}{ProcessOptions.DataKey}=1", $"{Prefix}{ProcessOptions.PipelineKey}=1",
            $"{Prefix}{ProcessOptions.ChunksKey}=1", $"{Prefix}{ProcessOptions.SequenceKey}=false", $"{Prefix}{ProcessOptions.ZeroKey}=0",
            .. settings,
        ], true);

    private static bool Belongs(string setting) => setting.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    private static string First(PluginCatalogue catalogue) => catalogue.OfKind(ComponentKind.Communicator).FirstOrDefault()?.Name
        ?? throw new NotOfferedException($"No plugin connects processes. Add one to plugins.json, such as tenon.mpi.{catalogue.NotReady}");
}
