using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Metadata;

namespace Tenon.Host.Recipes;

/// <summary>
/// The sections of a recipe: the host's sections, which are described by metadata and documentation like a plugin's options, and
/// one section per kind of component.
/// </summary>
internal static class RecipeLayout
{
    private static readonly Lazy<OptionsSchema> LazySchema = new(Read);

    /// <summary>Keys of earlier versions and their replacements.</summary>
    public static IReadOnlyDictionary<string, string> Moved { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["samples:denoisingSteps"] = "sampler:steps",
    };

    /// <summary>All keys and sections: values, components, the host's sections.</summary>
    public static OptionsSchema Schema => LazySchema.Value;

    /// <summary>Returns the kind of component that a section chooses, or null for a section of the host.</summary>
    /// <param name="key">Key of the section.</param>
    public static ComponentKind? KindOf(string key) =>
        ComponentKind.All.FirstOrDefault(kind => string.Equals(kind.Section, key, StringComparison.OrdinalIgnoreCase));

    /// <summary>The components in the section of a kind: one, or the items of a list if the kind allows several.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="root">The recipe.</param>
    public static IReadOnlyList<IConfigurationSection> Items(ComponentKind kind, IConfiguration root)
    {
        IConfigurationSection section = root.GetSection(kind.Section);
        IConfigurationSection[] children = kind.TakesSeveral ? [.. section.GetChildren()] : [];
        return children.Length > 0 && children.All(child => child.Key.All(char.IsAsciiDigit)) ? children : [section];
    }

    private static OptionsSchema Read()
    {
        OptionsSchema own = new OptionsReader(new TypeWorld([ContractAssembly.Host]))
            .Read(new NamedType(ContractAssembly.Host.Name, typeof(Recipe).FullName!, []));
        ILookup<bool, OptionInfo> isSection = own.Options.ToLookup(option => option.Type.Section is not null);
        IEnumerable<OptionInfo> components =
            ComponentKind.All.Select(kind => new OptionInfo(kind.Section, new OptionType(OptionKind.Opaque, kind.Name))
            {
                Summary = kind.Summary,
                IsRequired = kind.IsRequired,
            });
        return own with { Options = [.. isSection[false], .. components, .. isSection[true]] };
    }
}
