using Microsoft.Extensions.Configuration;
using NuGet.Versioning;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Recipes;

/// <summary>Finds the option that a recipe's key sets.</summary>
/// <param name="find">
/// The component of a kind, by the name in the recipe (<c>gpt</c>, <c>gpt@1.*</c>; null if it has none); null for none.
/// </param>
internal sealed class OptionIndex(Func<ComponentKind, string?, ComponentInfo?> find)
{
    /// <summary>The options of a catalogue's components.</summary>
    /// <param name="catalogue">The available components.</param>
    public OptionIndex(PluginCatalogue catalogue) : this((kind, use) => use is null ? null : Named(catalogue, kind, use))
    {
    }

    /// <summary>The options of one component, outside a recipe.</summary>
    /// <param name="component">The component.</param>
    public OptionIndex(ComponentInfo component) : this((kind, _) => kind == component.Kind ? component : null)
    {
    }

    /// <summary>Returns the option; null if there is none, or the recipe names no component for its section.</summary>
    /// <param name="key">A key, such as <c>training:steps</c> or <c>data:files:0</c>, which belongs to the list <c>data:files</c>.</param>
    /// <param name="recipe">The recipe's values, which name the components.</param>
    public OptionInfo? Find(string key, IConfiguration recipe)
    {
        string[] parts = key.Split(':');
        if (RecipeLayout.KindOf(parts[0]) is not { } kind)
            return Below(RecipeLayout.Schema.Find(parts[0]), parts.AsSpan(1));
        int at = kind.TakesSeveral && parts.Length > 1 && parts[1].All(char.IsAsciiDigit) ? 2 : 1;
        if (parts.Length == at)
            return null;
        ComponentInfo? component = find(kind, recipe[$"{string.Join(':', parts[..at])}:use"]);
        OptionInfo? option = kind.HostOptions.FirstOrDefault(host => string.Equals(host.Key, parts[at], StringComparison.OrdinalIgnoreCase))
            ?? component?.Options.Find(parts[at]);
        return Below(option, parts.AsSpan(at + 1));
    }

    /// <summary>Returns whether a key is that of a whole list, not of one of its items.</summary>
    /// <param name="key">A key, such as <c>data:files</c>.</param>
    /// <param name="recipe">The recipe's values, which name the components.</param>
    public bool IsList(string key, IConfiguration recipe) =>
        Find(key, recipe) is { Type.Kind: OptionKind.Array } list
            && string.Equals(RecipeKeys.Last(key), list.Key, StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns whether a key is that of a whole list for any component that a recipe could name.</summary>
    /// <param name="key">A key, such as <c>data:files</c>.</param>
    /// <param name="catalogue">The available components.</param>
    public static bool IsList(string key, PluginCatalogue catalogue)
    {
        IConfigurationRoot unnamed = new ConfigurationBuilder().Build();
        return RecipeLayout.KindOf(RecipeKeys.First(key)) is { } kind
            ? catalogue.OfKind(kind).Any(component => new OptionIndex(component).IsList(key, unnamed))
            : new OptionIndex(catalogue).IsList(key, unnamed);
    }

    private static OptionInfo? Below(OptionInfo? option, ReadOnlySpan<string> parts)
    {
        foreach (string part in parts)
        {
            if (option?.Type.Section is not { } section)
                return option;
            option = section.Find(part);
        }

        return option;
    }

    private static ComponentInfo? Named(PluginCatalogue catalogue, ComponentKind kind, string use)
    {
        (string name, string? version) = ComponentReference.Split(use);
        VersionRange? range = null;
        // An invalid range is reported where the component is checked.
        if (version is not null && !VersionRange.TryParse(version, out range))
            return null;
        return catalogue.Find(kind, name, range) ?? (catalogue.AllVersionsOf(kind, name) is [.., var newest] ? newest : null);
    }

    /// <summary>Returns the keys of all options that a recipe can set, with the components that it names.</summary>
    /// <param name="recipe">The recipe's values.</param>
    public RecipeKeyNames KeysIn(IConfiguration recipe) => new(
        RecipeLayout.Schema.Options.SelectMany(section => (section.Type.Section?.Options ?? [])
            .Select(option => $"{section.Key}:{option.Key}"))
            .Concat(ComponentKind.All.SelectMany(kind => find(kind, recipe[$"{kind.Section}:use"]) is { } component
                ? component.Options.Options.Concat(kind.HostOptions).Select(option => $"{kind.Section}:{option.Key}")
                : [])));
}
