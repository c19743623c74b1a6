namespace Tenon.Host.Plugins.Catalogue;

/// <summary>A combination of architecture, strategy and device.</summary>
/// <param name="Architecture">The architecture.</param>
/// <param name="Strategy">The strategy.</param>
/// <param name="Device">The device.</param>
/// <param name="Missing">The capability that the strategy needs and the architecture's models lack; null if there is none.</param>
internal sealed record Combination(ComponentInfo Architecture, ComponentInfo Strategy, ComponentInfo Device, string? Missing)
{
    /// <summary>
    /// Returns all combinations of the plugins' components. Models and strategies have no type requirements on devices.
    /// </summary>
    /// <param name="catalogue">The plugins.</param>
    public static IEnumerable<Combination> All(PluginCatalogue catalogue) =>
        from architecture in catalogue.OfKind(ComponentKind.Architecture)
        from strategy in catalogue.OfKind(ComponentKind.Strategy)
        from device in catalogue.OfKind(ComponentKind.Device)
        select new Combination(architecture, strategy, device, CombinationChecker.MissingCapability(architecture, strategy));
}
