using System.Text.Json.Nodes;

namespace Tenon.Host.Plugins.Catalogue;

/// <summary>What kind of value an option takes.</summary>
public enum OptionKind
{
    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>A whole number.</summary>
    WholeNumber,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A text.</summary>
    Text,

    /// <summary>One of a few names.</summary>
    Enum,

    /// <summary>A list of values of one type.</summary>
    Array,

    /// <summary>Values of one type by name.</summary>
    Dictionary,

    /// <summary>Options inside an option.</summary>
    Section,

    /// <summary>A type that a recipe cannot spell.</summary>
    Opaque,
}

/// <summary>One value of an enum.</summary>
/// <param name="Name">As recipes spell it, in camelCase.</param>
/// <param name="Value">Its number.</param>
/// <param name="Summary">What it means; may be empty.</param>
public sealed record EnumMember(string Name, long Value, string Summary);

/// <summary>The type of an option.</summary>
/// <param name="Kind">What kind of value it takes.</param>
/// <param name="Name">The type as a person reads it: <c>integer</c>, <c>string[]</c>, <c>cosine | linear</c>.</param>
public sealed record OptionType(OptionKind Kind, string Name)
{
    /// <summary>Whether null is a value.</summary>
    public bool IsNullable { get; init; }

    /// <summary>The values of an enum.</summary>
    public IReadOnlyList<EnumMember> Members { get; init; } = [];

    /// <summary>The items of an array or dictionary.</summary>
    public OptionType? Element { get; init; }

    /// <summary>The options inside a section.</summary>
    public OptionsSchema? Section { get; init; }

    /// <summary>Least value that the number's type holds.</summary>
    public double Least { get; init; } = double.NegativeInfinity;

    /// <summary>Greatest value that the number's type holds.</summary>
    public double Greatest { get; init; } = double.PositiveInfinity;
}

/// <summary>One option, as metadata and documentation describe it.</summary>
/// <param name="Key">As recipes spell it, in camelCase.</param>
/// <param name="Type">Its type.</param>
public sealed record OptionInfo(string Key, OptionType Type)
{
    /// <summary>What it means; may be empty.</summary>
    public string Summary { get; init; } = "";

    /// <summary>Whether <see cref="Default"/> is known without running the plugin.</summary>
    public bool HasDefault { get; init; }

    /// <summary>The value when a recipe names none; null stands for null.</summary>
    public JsonNode? Default { get; init; }

    /// <summary>Whether a recipe must name it.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether a strategy trains an adapter when it is set (<see cref="TrainsAdapterAttribute"/>).</summary>
    public bool TrainsAdapter { get; init; }

    /// <summary>Whether it is the size of a strategy's minibatches (<see cref="MinibatchSizeAttribute"/>).</summary>
    public bool IsMinibatchSize { get; init; }

    /// <summary>Whether it names a folder that has to be there (<see cref="FolderAttribute"/>).</summary>
    public bool IsFolder { get; init; }

    /// <summary>Whether it is a regular expression, or each of its texts is (<see cref="System.Diagnostics.CodeAnalysis.StringSyntaxAttribute.Regex"/>).</summary>
    public bool IsRegularExpression { get; init; }

    /// <summary>Least allowed number, of a list each of its numbers, or null.</summary>
    public double? Minimum { get; init; }

    /// <summary>Greatest allowed number, of a list each of its numbers, or null.</summary>
    public double? Maximum { get; init; }

    /// <summary>Whether <see cref="Minimum"/> itself is not allowed.</summary>
    public bool MinimumIsExclusive { get; init; }

    /// <summary>Whether <see cref="Maximum"/> itself is not allowed.</summary>
    public bool MaximumIsExclusive { get; init; }

    /// <summary>The only allowed values, as texts; null: no such list.</summary>
    public IReadOnlyList<string>? AllowedValues { get; init; }

    /// <summary>A regular expression that the whole text must match, or null.</summary>
    public string? Pattern { get; init; }

    /// <summary>Fewest characters or items, or null.</summary>
    public int? MinLength { get; init; }

    /// <summary>Most characters or items, or null.</summary>
    public int? MaxLength { get; init; }

    /// <summary>The allowed range as a person reads it (<c>1 … 100</c>); empty when there is none.</summary>
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
        ({ } least, { } most) => $"{(MinimumIsExclusive ? "above " : "")}{Number(least)} … {(MaximumIsExclusive ? "below " : "")}{Number(most)}",
    };

    /// <summary>A number as recipes spell it: without an exponent as long as that stays short.</summary>
    internal static string Number(double value) =>
        Math.Abs(value) < 1e15 && Math.Floor(value) == value ? ((long)value).ToString() : value.ToString("R");
}

/// <summary>The options of a component or of a section of a recipe.</summary>
/// <param name="TypeName">Full name of the options type.</param>
/// <param name="Summary">What the type's documentation says; may be empty.</param>
/// <param name="Options">In the order of the source.</param>
public sealed record OptionsSchema(string TypeName, string Summary, IReadOnlyList<OptionInfo> Options)
{
    /// <summary>The option of a key, whatever its case, or null.</summary>
    /// <param name="key">A key.</param>
    public OptionInfo? Find(string key) => Options.FirstOrDefault(o => string.Equals(o.Key, key, StringComparison.OrdinalIgnoreCase));
}
