namespace Tenon.Host.Plugins.Catalogue;

/// <summary>The components of a recipe that the catalogue contains.</summary>
/// <param name="catalogue">All available components.</param>
internal sealed class RecipeComponents(PluginCatalogue catalogue)
{
    private readonly List<ComponentInfo> _components = [];

    /// <summary>Adds a component.</summary>
    /// <param name="component">A component from the catalogue.</param>
    public void Add(ComponentInfo component) => _components.Add(component);

    /// <summary>Returns the component of a kind; null if the recipe has none or it does not exist.</summary>
    /// <param name="kind">A kind of which a recipe has only one component.</param>
    public ComponentInfo? Of(ComponentKind kind) => _components.Find(component => component.Kind == kind);

    /// <summary>Explains why the recipe needs a component of a kind; null if it does not need one.</summary>
    /// <param name="kind">The kind.</param>
    public string? Need(ComponentKind kind) => _components.Select(kind.Need).FirstOrDefault(need => need is not null);

    /// <summary>Returns comma-separated names of a kind's components that satisfy a condition; <c>none</c> if there are none.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="isWanted">The condition.</param>
    public string Names(ComponentKind kind, Func<ComponentInfo, bool> isWanted) =>
        string.Join(", ", catalogue.OfKind(kind).Where(isWanted).Select(component => component.Name).DefaultIfEmpty("none"));
}
