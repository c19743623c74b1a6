using System.Text.Json.Nodes;

namespace Tenon.Host.Plugins.Catalogue;

/// <summary>The kind of value of an option.</summary>
public enum OptionKind
{
    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>An integer.</summary>
    WholeNumber,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A text.</summary>
    Text,

    /// <summary>One of several names.</summary>
    Enum,

    /// <summary>A list of values of the same type.</summary>
    Array,

    /// <summary>A dictionary of values of the same type.</summary>
    Dictionary,

    /// <summary>Nested options.</summary>
    Section,

    /// <summary>A type whose values cannot be written in a recipe.</summary>
    Opaque,
}

/// <summary>One value of an enum.</summary>
/// <param name="Name">Name in recipes, in camelCase.</param>
/// <param name="Value">Its numeric value.</param>
/// <param name="Summary">Its documentation; may be empty.</param>
public sealed record EnumMember(string Name, long Value, string Summary);

/// <summary>The type of an option.</summary>
/// <param name="Kind">The kind of value.</param>
/// <param name="Name">Human-readable type: <c>integer</c>, <c>string[]</c>, <c>cosine | linear</c>.</param>
public sealed record OptionType(OptionKind Kind, string Name)
{
    /// <summary>Returns the type of an option that takes one of several names.</summary>
    /// <param name="names">The names, in camelCase.</param>
    public static OptionType Names(params string[] names) =>
        new(OptionKind.Enum, string.Join(" | ", names))
        {
            Members = [.. names.Index().Select(name => new EnumMember(name.Item, name.Index, ""))],
        };

    /// <summary>Whether null is allowed.</summary>
    public bool IsNullable { get; init; }

    /// <summary>The values of an enum.</summary>
    public IReadOnlyList<EnumMember> Members { get; init; } = [];

    /// <summary>Type of the items of an array or dictionary.</summary>
    public OptionType? Element { get; init; }

    /// <summary>The options of a section.</summary>
    public OptionsSchema? Section { get; init; }

    /// <summary>Minimum value of the number's type.</summary>
    public double Least { get; init; } = double.NegativeInfinity;

    /// <summary>Maximum value of the number's type.</summary>
    public double Greatest { get; init; } = double.PositiveInfinity;
}

/// <summary>An option, as described by metadata and documentation.</summary>
/// <param name="Key">Name in recipes, in camelCase.</param>
/// <param name="Type">Its type.</param>
public sealed record OptionInfo(string Key, OptionType Type)
{
    /// <summary>Its documentation; may be empty.</summary>
    public string Summary { get; init; } = "";

    /// <summary>Whether <see cref="Default"/> is known without running plugin code.</summary>
    public bool HasDefault { get; init; }

    /// <summary>Value if the recipe does not set the option; a null reference means that the default is null.</summary>
    public JsonNode? Default { get; init; }

    /// <summary>Whether a recipe must set the option.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether setting the option makes the strategy train an adapter (<see cref="TrainsAdapterAttribute"/>).</summary>
    public bool TrainsAdapter { get; init; }

    /// <summary>Whether the option is the strategy's minibatch size (<see cref="MinibatchSizeAttribute"/>).</summary>
    public bool IsMinibatchSize { get; init; }

    /// <summary>Whether the option is a folder that must exist (<see cref="FolderAttribute"/>).</summary>
    public bool IsFolder { get; init; }

    /// <summary>Whether it is the path of a file, or a list of them (<see cref="PathAttribute"/>).</summary>
    public bool IsPath { get; init; }

    /// <summary>
    /// Whether the option is a regular expression, or a list of them (<see
    /// cref="System.Diagnostics.CodeAnalysis.StringSyntaxAttribute.Regex"/>).
    /// </summary>
    public bool IsRegularExpression { get; init; }

    /// <summary>Minimum number, or minimum of each number in a list; or null.</summary>
    public double? Minimum { get; init; }

    /// <summary>Maximum number, or maximum of each number in a list; or null.</summary>
    public double? Maximum { get; init; }

    /// <summary>Whether <see cref="Minimum"/> itself is not allowed.</summary>
    public bool MinimumIsExclusive { get; init; }

    /// <summary>Whether <see cref="Maximum"/> itself is not allowed.</summary>
    public bool MaximumIsExclusive { get; init; }

    /// <summary>The allowed values as texts; null if they are not restricted.</summary>
    public IReadOnlyList<string>? AllowedValues { get; init; }

    /// <summary>A regular expression that the complete text must match, or null.</summary>
    public string? Pattern { get; init; }

    /// <summary>Minimum number of characters or items, or null.</summary>
    public int? MinLength { get; init; }

    /// <summary>Maximum number of characters or items, or null.</summary>
    public int? MaxLength { get; init; }

    /// <summary>The allowed range in readable form (<c>1 … 100</c>); empty if unrestricted.</summary>
    public string Range => (Minimum, Maximum) switch
    {
        (null, null) when AllowedValues is { } values => string.Join(", ", values),
        (null, null) when Pattern is { } pattern => $"matches {pattern}",
        (null, null) when IsRegularExpression => "a regular expression",
        (null, null) when IsFolder => "an existing folder",
        (null, null) => (MinLength, MaxLength) switch
        {
            (null, null) => "",
            ({ } least, null) => $"length at least {least}",
            (null, { } most) => $"length at most {most}",
            ({ } least, { } most) => $"length {least} … {most}",
        },
        ({ } least, null or >= long.MaxValue) => $"{(MinimumIsExclusive ? "above" : "at least")} {Number(least)}",
        (null, { } most) => $"{(MaximumIsExclusive ? "below" : "at most")} {Number(most)}",
        ({ } least, { } most) =>
            $"{(MinimumIsExclusive ? "above " : "")}{Number(least)} … {(MaximumIsExclusive ? "below " : "")}{Number(most)}",
    };

    /// <summary>Formats a number as in recipes: without an exponent if that is short.</summary>
    internal static string Number(double value) =>
        Math.Abs(value) < 1e15 && Math.Floor(value) == value ? ((long)value).ToString() : value.ToString("R");
}

/// <summary>The options of a component or of a section of a recipe.</summary>
/// <param name="TypeName">Full name of the options type.</param>
/// <param name="Summary">The type's documentation; may be empty.</param>
/// <param name="Options">The options in source order.</param>
public sealed record OptionsSchema(string TypeName, string Summary, IReadOnlyList<OptionInfo> Options)
{
    /// <summary>Returns the option with a key, ignoring case, or null.</summary>
    /// <param name="key">A key.</param>
    public OptionInfo? Find(string key) => Options.FirstOrDefault(o => string.Equals(o.Key, key, StringComparison.OrdinalIgnoreCase));
}
