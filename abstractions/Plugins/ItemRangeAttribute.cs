using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Tenon;

/// <summary>Limits for each number in a list.</summary>
/// <param name="minimum">Minimum of each number.</param>
/// <param name="maximum">Maximum of each number.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ItemRangeAttribute(double minimum, double maximum) : ValidationAttribute
{
    /// <summary>Minimum of each number.</summary>
    public double Minimum { get; } = minimum;

    /// <summary>Maximum of each number.</summary>
    public double Maximum { get; } = maximum;

    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is not IEnumerable items
        || items.Cast<object?>().All(item => item is null
            || (Convert.ToDouble(item, CultureInfo.InvariantCulture) is var number && number >= Minimum && number <= Maximum));

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) =>
        string.Create(CultureInfo.InvariantCulture, $"Each number in {name} must be between {Minimum} and {Maximum}.");
}
