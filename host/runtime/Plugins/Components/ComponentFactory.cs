using NuGet.Versioning;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Recipes;

namespace Tenon.Host.Plugins.Components;

/// <summary>A component that a recipe chose, ready to be called, with its bound options.</summary>
/// <typeparam name="THandle">The kind's handle.</typeparam>
/// <param name="Info">What the catalogue says of it.</param>
/// <param name="Component">The handle.</param>
/// <param name="Options">An object of the component's options class.</param>
internal sealed record Chosen<THandle>(ComponentInfo Info, THandle Component, object Options);

/// <summary>Makes components of a recipe; a plugin is loaded when the first of its components is made.</summary>
/// <param name="catalogue">What there is.</param>
/// <param name="plugins">Loads it.</param>
internal sealed class ComponentFactory(PluginCatalogue catalogue, PluginHost plugins)
{
    /// <summary>What there is.</summary>
    public PluginCatalogue Catalogue => catalogue;

    /// <summary>The architecture of a recipe.</summary>
    public Chosen<ArchitectureHandle> Architecture(ComponentChoice choice) => Make(ComponentKind.Architecture, choice, ArchitectureHandle.For);

    /// <summary>The strategy of a recipe.</summary>
    public Chosen<StrategyHandle> Strategy(ComponentChoice choice) => Make(ComponentKind.Strategy, choice, StrategyHandle.For);

    /// <summary>The device of a recipe.</summary>
    public Chosen<DeviceHandle> Device(ComponentChoice choice) => Make(ComponentKind.Device, choice, DeviceHandle.For);

    /// <summary>The data of a recipe.</summary>
    public Chosen<DataHandle> Data(ComponentChoice choice) => Make(ComponentKind.Data, choice, DataHandle.For);

    /// <summary>The tokenizer of a recipe.</summary>
    public Chosen<TokenizerHandle> Tokenizer(ComponentChoice choice) => Make(ComponentKind.Tokenizer, choice, TokenizerHandle.For);

    /// <summary>A reward of a recipe.</summary>
    public Chosen<RewardHandle> Reward(ComponentChoice choice) => Make(ComponentKind.Reward, choice, RewardHandle.For);

    /// <summary>An architecture without options, to open a folder with.</summary>
    public ArchitectureHandle Architecture(ComponentInfo info) => ArchitectureHandle.For(plugins.Create(info));

    /// <summary>A tokenizer component without options, to open a folder with.</summary>
    public TokenizerHandle Tokenizer(ComponentInfo info) => TokenizerHandle.For(plugins.Create(info));

    /// <summary>A strategy component, to open an adapter with.</summary>
    /// <exception cref="PluginException">The component opens none, whatever its attribute says.</exception>
    public IAdapterFormat AdapterFormat(ComponentInfo info) => plugins.Create(info) as IAdapterFormat
        ?? throw new PluginException($"The {info} of plugin {info.Plugin} names adapter types, but its class {info.TypeName} is no {nameof(IAdapterFormat)}. Use another version of the plugin.");

    /// <summary>What the catalogue says of a choice.</summary>
    /// <exception cref="NotOfferedException">There is no such component.</exception>
    public ComponentInfo Find(ComponentKind kind, ComponentChoice choice) =>
        catalogue.Find(kind, choice.Use, choice.Version is null ? null : VersionRange.Parse(choice.Version))
        ?? throw new NotOfferedException(
            $"No plugin offers the {ComponentInfo.KindName(kind)} '{choice.Use}'{(choice.Version is null ? "" : $" in version {choice.Version}")}. " +
            $"There are: {string.Join(", ", catalogue.OfKind(kind).Select(c => c.Name))}.{catalogue.NotReady}");

    private Chosen<THandle> Make<THandle>(ComponentKind kind, ComponentChoice choice, Func<object, THandle> wrap)
    {
        ComponentInfo info = Find(kind, choice);
        object component = plugins.Create(info);
        return new Chosen<THandle>(info, wrap(component), plugins.BindOptions(info, choice.Options));
    }
}
