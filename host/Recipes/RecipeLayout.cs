using Tenon.Host.Catalogue;
using Tenon.Host.Catalogue.Metadata;

namespace Tenon.Host.Recipes;

/// <summary>The sections of a recipe, described by the host's own metadata and documentation as a plugin's options are.</summary>
internal static class RecipeLayout
{
    private static readonly Dictionary<string, ComponentKind> Kinds = new(StringComparer.OrdinalIgnoreCase)
    {
        ["device"] = ComponentKind.Device,
        ["data"] = ComponentKind.Data,
        ["tokenizer"] = ComponentKind.Tokenizer,
        ["model"] = ComponentKind.Architecture,
        ["strategy"] = ComponentKind.Strategy,
    };

    private static readonly Lazy<OptionsSchema> LazySchema = new(() =>
        new OptionsReader(new TypeWorld([ContractAssembly.Host])).Read(new NamedType(ContractAssembly.Host.Name, typeof(Recipe).FullName!, [])));

    /// <summary>All sections and values.</summary>
    public static OptionsSchema Schema => LazySchema.Value;

    /// <summary>The kind of component that a section chooses, or null for a section of the host's own.</summary>
    /// <param name="key">Key of the section.</param>
    public static ComponentKind? KindOf(string key) => Kinds.TryGetValue(key, out ComponentKind kind) ? kind : null;

    /// <summary>Whether a section can start from a folder (key <c>from</c>).</summary>
    /// <param name="kind">Its kind of component.</param>
    public static bool TakesFrom(ComponentKind kind) => kind == ComponentKind.Architecture;
}
