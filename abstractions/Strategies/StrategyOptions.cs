using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Tenon;

/// <summary>
/// Marks a strategy that trains an adapter over a frozen model (<see cref="OptimizationSetup.Adapter"/>), or the option with
/// which it does so when it is set. A recipe then has to name the model that lies below (<c>model:from</c>), and is refused
/// without it before anything is loaded.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Property, Inherited = false)]
public sealed class TrainsAdapterAttribute : Attribute;

/// <summary>
/// Marks a strategy's option that says how many rows of a batch (<c>training:batchSize</c>) one forward pass has, of which
/// <c>training:accumulate</c> make an update (<see cref="Minibatches"/>). A recipe whose batch has fewer such parts is refused
/// before anything is loaded.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MinibatchSizeAttribute : Attribute;

/// <summary>The parts that a batch is learned from in.</summary>
public static class Minibatches
{
    /// <summary>Divides a batch.</summary>
    /// <param name="rows">Rows of the batch, 1 or more.</param>
    /// <param name="size">Rows of a part, 1 or more; null: so many that an update has the whole batch.</param>
    /// <param name="accumulate">Parts in an update, 1 or more.</param>
    /// <returns>Rows of each part, of which the last may have fewer, and how many parts there are.</returns>
    public static (int Size, int Count) Of(int rows, int? size, int accumulate)
    {
        int each = Math.Min(size ?? Parts(rows, accumulate), rows);
        return (each, Parts(rows, each));
    }

    private static int Parts(int whole, int size) => (whole + size - 1) / size;
}

/// <summary>Limits of each number in a list.</summary>
/// <param name="minimum">Least allowed number.</param>
/// <param name="maximum">Greatest allowed number.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ItemRangeAttribute(double minimum, double maximum) : ValidationAttribute
{
    /// <summary>Least allowed number.</summary>
    public double Minimum { get; } = minimum;

    /// <summary>Greatest allowed number.</summary>
    public double Maximum { get; } = maximum;

    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is not IEnumerable items
        || items.Cast<object?>().All(item => item is null || (Convert.ToDouble(item, CultureInfo.InvariantCulture) is var number && number >= Minimum && number <= Maximum));

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) =>
        string.Create(CultureInfo.InvariantCulture, $"Each number of {name} has to be from {Minimum} to {Maximum}.");
}
