using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Plugins.Metadata;

/// <summary>
/// Reads the attributes of an option: those in System.ComponentModel.DataAnnotations, those of the contract, and the syntax
/// attribute of a string.
/// </summary>
internal static class OptionAttributes
{
    private const string Annotations = "System.ComponentModel.DataAnnotations.";
    private const string ItemRange = "Tenon." + nameof(ItemRangeAttribute);
    private const string TrainsAdapter = "Tenon." + nameof(TrainsAdapterAttribute);
    private const string MinibatchSize = "Tenon." + nameof(MinibatchSizeAttribute);
    private const string Folder = "Tenon." + nameof(FolderAttribute);
    private const string Path = "Tenon." + nameof(PathAttribute);
    private const string Syntax = "System.Diagnostics.CodeAnalysis." + nameof(StringSyntaxAttribute);

    /// <summary>
    /// Returns whether an attribute describes an option. A plugin's own attributes may have arguments that only the plugin's code
    /// can read.
    /// </summary>
    /// <param name="type">Full name of its type.</param>
    public static bool IsOfOptions(string type) => type is ItemRange or TrainsAdapter or MinibatchSize or Folder or Path or Syntax;

    /// <summary>Applies the restrictions in an option's attributes.</summary>
    /// <param name="option">The option so far.</param>
    /// <param name="attributes">The property's attributes by full name of their type.</param>
    public static OptionInfo Apply(OptionInfo option, IEnumerable<(string Type, AttributeValues Values)> attributes)
    {
        foreach ((string type, AttributeValues values) in attributes)
        {
            option = type switch
            {
                "System.Runtime.CompilerServices.RequiredMemberAttribute" or Annotations + "RequiredAttribute" =>
                    option with { IsRequired = true },
                Annotations + "RangeAttribute" or ItemRange => Range(option, values),
                TrainsAdapter => option with { TrainsAdapter = true },
                MinibatchSize => option with { IsMinibatchSize = true },
                Folder => option with { IsFolder = true },
                Path => option with { IsPath = true },
                Syntax when values.Fixed[0] is StringSyntaxAttribute.Regex => option with { IsRegularExpression = true },
                Annotations + "AllowedValuesAttribute" => option with
                {
                    AllowedValues = [.. AttributeValues.Items(values.Fixed[0]).OfType<object>()
                        .Select(v => Convert.ToString(v, CultureInfo.InvariantCulture)!)],
                },
                Annotations + "RegularExpressionAttribute" => option with { Pattern = (string?)values.Fixed[0] },
                Annotations + "MinLengthAttribute" => option with { MinLength = (int)values.Fixed[0]! },
                Annotations + "MaxLengthAttribute" when values.Fixed.Count == 1 => option with { MaxLength = (int)values.Fixed[0]! },
                Annotations + "LengthAttribute" => option with { MinLength = (int)values.Fixed[0]!, MaxLength = (int)values.Fixed[1]! },
                Annotations + "StringLengthAttribute" => option with
                {
                    MinLength = values.Named.TryGetValue("MinimumLength", out object? least) ? (int)least! : null,
                    MaxLength = (int)values.Fixed[0]!,
                },
                _ => option,
            };
        }

        return option;
    }

    private static OptionInfo Range(OptionInfo option, AttributeValues values)
    {
        // The arguments are (int, int), (double, double) or (Type, string, string).
        object?[] limits = values.Fixed.Count == 3 ? [values.Fixed[1], values.Fixed[2]] : [.. values.Fixed];
        return option with
        {
            Minimum = Convert.ToDouble(limits[0], CultureInfo.InvariantCulture),
            Maximum = Convert.ToDouble(limits[1], CultureInfo.InvariantCulture),
            MinimumIsExclusive = values.Named.TryGetValue("MinimumIsExclusive", out object? above) && above is true,
            MaximumIsExclusive = values.Named.TryGetValue("MaximumIsExclusive", out object? below) && below is true,
        };
    }
}
