namespace Tenon.Host.Plugins.Catalogue;

/// <summary>The components that a recipe names, as far as the catalogue has them.</summary>
/// <param name="catalogue">All components there are.</param>
internal sealed class RecipeComponents(PluginCatalogue catalogue)
{
    private readonly List<ComponentInfo> _components = [];

    /// <summary>Takes a component in.</summary>
    /// <param name="component">From the catalogue.</param>
    public void Add(ComponentInfo component) => _components.Add(component);

    /// <summary>The component of a kind; null: the recipe names none, or one that is not there.</summary>
    /// <param name="kind">A kind of which a recipe names one.</param>
    public ComponentInfo? Of(ComponentKind kind) => _components.Find(component => component.Kind == kind);

    /// <summary>Why the recipe needs a component of a kind; null: it does not.</summary>
    /// <param name="kind">The kind.</param>
    public string? Need(ComponentKind kind) => _components.Select(kind.Need).FirstOrDefault(need => need is not null);

    /// <summary>The names of a kind's components that are as asked for, in a list; <c>none</c> when there are none.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="isWanted">Which of them.</param>
    public string Names(ComponentKind kind, Func<ComponentInfo, bool> isWanted) =>
        string.Join(", ", catalogue.OfKind(kind).Where(isWanted).Select(component => component.Name).DefaultIfEmpty("none"));
}
