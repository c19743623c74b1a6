using NuGet.Versioning;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Host.Plugins.Components;

/// <summary>A component chosen by a recipe, instantiated, with its bound options.</summary>
/// <typeparam name="TComponent">The interface of its kind.</typeparam>
/// <param name="Info">Its entry in the catalogue.</param>
/// <param name="Component">The component.</param>
/// <param name="Options">An instance of the component's options class.</param>
internal sealed record Chosen<TComponent>(ComponentInfo Info, TComponent Component, object Options) where TComponent : class, IComponent;

/// <summary>Creates components. A plugin is loaded when the first of its components is created.</summary>
/// <param name="catalogue">The available components.</param>
/// <param name="plugins">Loads plugins.</param>
internal sealed class ComponentFactory(PluginCatalogue catalogue, PluginHost plugins)
{
    /// <summary>The available components.</summary>
    public PluginCatalogue Catalogue => catalogue;

    /// <summary>Begins the log of a run, which receives what components log until it is disposed.</summary>
    public RunLog BeginRunLog() => plugins.BeginRunLog();

    /// <summary>Creates a component of a recipe and binds its options.</summary>
    /// <typeparam name="TComponent">The interface of its kind.</typeparam>
    /// <param name="choice">The recipe's choice.</param>
    /// <exception cref="NotOfferedException">The component does not exist.</exception>
    /// <exception cref="PluginException">The plugin cannot be loaded, or threw.</exception>
    public Chosen<TComponent> Make<TComponent>(ComponentChoice choice) where TComponent : class, IComponent
    {
        ComponentInfo info = Find(choice);
        return new Chosen<TComponent>(info, Create<TComponent>(info), plugins.BindOptions(info, choice.Options));
    }

    /// <summary>Creates a component without options, for opening a folder.</summary>
    /// <typeparam name="TComponent">The interface of its kind.</typeparam>
    /// <param name="info">From the catalogue.</param>
    /// <exception cref="PluginException">The plugin cannot be loaded, or threw.</exception>
    public TComponent Create<TComponent>(ComponentInfo info) where TComponent : class, IComponent => (TComponent)plugins.Create(info);

    /// <summary>Creates a strategy for opening an adapter.</summary>
    /// <param name="info">From the catalogue.</param>
    /// <exception cref="PluginException">The component does not open adapters, although its attribute says that it does.</exception>
    public IAdapterFormat AdapterFormat(ComponentInfo info) => plugins.Create(info) as IAdapterFormat
        ?? throw new PluginException($"The {info} of plugin {info.Plugin} declares adapter types, but its class {info.TypeName} is not " +
            $"an {nameof(IAdapterFormat)}. Use another version of the plugin.");

    /// <summary>Finds the catalogue's entry for a choice.</summary>
    /// <param name="choice">A recipe's choice.</param>
    /// <exception cref="NotOfferedException">The component does not exist.</exception>
    public ComponentInfo Find(ComponentChoice choice) =>
        catalogue.Find(choice.Kind, choice.Use, choice.Version is null ? null : VersionRange.Parse(choice.Version))
        ?? throw new NotOfferedException(
            $"No plugin provides the {choice.Kind} '{choice.Use}'{(choice.Version is null ? "" : $" in version {choice.Version}")}. " +
            $"Available: {string.Join(", ", catalogue.OfKind(choice.Kind).Select(c => c.Name))}.{catalogue.NotReady}");
}
