using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Metadata;

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
        ["reward"] = ComponentKind.Reward,
    };

    private static readonly Lazy<OptionsSchema> LazySchema = new(() =>
        new OptionsReader(new TypeWorld([ContractAssembly.Host])).Read(new NamedType(ContractAssembly.Host.Name, typeof(Recipe).FullName!, [])));

    /// <summary>All sections and values.</summary>
    public static OptionsSchema Schema => LazySchema.Value;

    /// <summary>The kind of component that a section chooses, or null for a section of the host's own.</summary>
    /// <param name="key">Key of the section.</param>
    public static ComponentKind? KindOf(string key) => Kinds.TryGetValue(key, out ComponentKind kind) ? kind : null;

    /// <summary>The section that chooses a component of a kind.</summary>
    /// <param name="kind">The kind.</param>
    public static string SectionOf(ComponentKind kind) => Kinds.First(section => section.Value == kind).Key;

    /// <summary>What a reward's score is multiplied with before the rewards are added up.</summary>
    public static OptionInfo Weight { get; } = new("weight", new OptionType(OptionKind.Number, "number"))
    {
        Summary = "What the reward's score is multiplied with before the rewards are added up; negative: the less the better.",
        HasDefault = true,
        Default = 1,
    };

    /// <summary>A model folder to start from.</summary>
    public static OptionInfo From { get; } = new("from", new OptionType(OptionKind.Text, "string") { IsNullable = true })
    {
        Summary = "A model folder to start from.",
        HasDefault = true,
        IsFolder = true,
    };

    /// <summary>Whether a section can start from a folder (<see cref="From"/>).</summary>
    /// <param name="kind">Its kind of component.</param>
    public static bool TakesFrom(ComponentKind kind) => kind == ComponentKind.Architecture;

    /// <summary>Whether a section may be a list of components.</summary>
    /// <param name="kind">Its kind of component.</param>
    public static bool TakesSeveral(ComponentKind kind) => kind == ComponentKind.Reward;

    /// <summary>The keys in a component's section that are the host's and no options.</summary>
    /// <param name="kind">The kind of component.</param>
    public static IReadOnlyList<string> HostKeys(ComponentKind kind) => ["use", .. HostOptions(kind).Select(option => option.Key)];

    /// <summary>What can be set in a component's section besides its own options.</summary>
    /// <param name="kind">The kind of component.</param>
    public static IReadOnlyList<OptionInfo> HostOptions(ComponentKind kind) => TakesFrom(kind) ? [From] : TakesSeveral(kind) ? [Weight] : [];

    /// <summary>The components of a section that may be one object or a list of them.</summary>
    /// <param name="section">The section.</param>
    public static IReadOnlyList<IConfigurationSection> Items(IConfigurationSection section)
    {
        IConfigurationSection[] children = [.. section.GetChildren()];
        return children.Length > 0 && children.All(child => child.Key.All(char.IsAsciiDigit)) ? children : [section];
    }
}
