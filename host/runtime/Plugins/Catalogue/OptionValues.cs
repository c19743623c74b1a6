using System.Globalization;

namespace Tenon.Host.Plugins.Catalogue;

/// <summary>Values of options as recipes and command lines spell them.</summary>
internal static class OptionValues
{
    /// <summary>Whether a text spells a value of a type; of an enum any text does, of a list or section none is asked for.</summary>
    /// <param name="type">The type.</param>
    /// <param name="text">The text, or null.</param>
    public static bool IsSpelledBy(this OptionType type, string? text) => type.Kind switch
    {
        OptionKind.Boolean => bool.TryParse(text, out _),
        OptionKind.WholeNumber => IsWhole(text, type),
        OptionKind.Number => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _),
        OptionKind.Text or OptionKind.Enum => text is not null,
        _ => true,
    };

    /// <summary>What is needed in the place of a value that is none of a type's, as a part of a sentence.</summary>
    /// <param name="type">The type.</param>
    /// <param name="text">What was found.</param>
    public static string Needed(this OptionType type, string? text) => type.Kind switch
    {
        OptionKind.Boolean => "true or false",
        OptionKind.WholeNumber when decimal.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) =>
            $"a whole number from {Clamp(type.Least)} to {Clamp(type.Greatest)}",
        OptionKind.WholeNumber => "a whole number",
        OptionKind.Number => "a number",
        OptionKind.Text => "a text in quotes",
        OptionKind.Enum => $"one of {string.Join(", ", type.Members.Select(m => m.Name))}",
        OptionKind.Array => "a list in [ ]",
        OptionKind.Dictionary or OptionKind.Section => "an object in { }",
        _ => "no value: a recipe cannot spell what it holds",
    };

    private static bool IsWhole(string? text, OptionType type) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal value)
        && value >= Clamp(type.Least) && value <= Clamp(type.Greatest);

    private static decimal Clamp(double limit) => limit switch
    {
        <= long.MinValue => long.MinValue,
        >= ulong.MaxValue => ulong.MaxValue,
        >= long.MaxValue => long.MaxValue,
        _ => (decimal)limit,
    };
}
