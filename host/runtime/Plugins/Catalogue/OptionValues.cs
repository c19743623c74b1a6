using System.Globalization;

namespace Tenon.Host.Plugins.Catalogue;

/// <summary>Values of options as written in recipes and on command lines.</summary>
internal static class OptionValues
{
    /// <summary>Returns whether a text is a valid value of a type; always true for enums. Not called for lists and sections.</summary>
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

    /// <summary>Describes the value that is required instead of an invalid one, as part of a sentence.</summary>
    /// <param name="type">The type.</param>
    /// <param name="text">The value found.</param>
    public static string Needed(this OptionType type, string? text) => type.Kind switch
    {
        OptionKind.Boolean => "true or false",
        OptionKind.WholeNumber when decimal.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) =>
            $"an integer from {Clamp(type.Least)} to {Clamp(type.Greatest)}",
        OptionKind.WholeNumber => "an integer",
        OptionKind.Number => "a number",
        OptionKind.Text => "a string in quotes",
        OptionKind.Enum => $"one of {string.Join(", ", type.Members.Select(m => m.Name))}",
        OptionKind.Array => "a list in [ ]",
        OptionKind.Dictionary or OptionKind.Section => "an object in { }",
        _ => "omitted, because a recipe cannot contain such a value",
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
