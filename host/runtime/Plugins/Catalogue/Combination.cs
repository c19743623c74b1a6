namespace Tenon.Host.Plugins.Catalogue;

/// <summary>An architecture that a strategy trains on a device, or does not.</summary>
/// <param name="Architecture">The architecture.</param>
/// <param name="Strategy">The strategy.</param>
/// <param name="Device">The device.</param>
/// <param name="Missing">The capability that the strategy needs and the architecture's models lack; null: nothing is missing.</param>
internal sealed record Combination(ComponentInfo Architecture, ComponentInfo Strategy, ComponentInfo Device, string? Missing)
{
    /// <summary>All that the plugins offer. A device is asked for nothing by the types of models and strategies: each fits each.</summary>
    /// <param name="catalogue">The plugins.</param>
    public static IEnumerable<Combination> All(PluginCatalogue catalogue) =>
        from architecture in catalogue.OfKind(ComponentKind.Architecture)
        from strategy in catalogue.OfKind(ComponentKind.Strategy)
        from device in catalogue.OfKind(ComponentKind.Device)
        select new Combination(architecture, strategy, device, CombinationChecker.MissingCapability(architecture, strategy));
}
