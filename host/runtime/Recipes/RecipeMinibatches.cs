using System.Globalization;
using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Recipes;

/// <summary>The minibatches into which a recipe's strategy divides each batch (<see cref="Minibatches"/>).</summary>
/// <param name="Key">Key of the option that sets their size.</param>
/// <param name="Option">The option's value; null if the batch is one update.</param>
/// <param name="Rows">Rows of a batch.</param>
/// <param name="Accumulate">Minibatches of an update.</param>
/// <param name="Size">Rows of a minibatch.</param>
/// <param name="Count">Minibatches of a batch.</param>
internal sealed record RecipeMinibatches(string Key, int? Option, int Rows, int Accumulate, int Size, int Count)
{
    /// <summary>
    /// Reads a recipe; null if the strategy has no minibatches, or a value is not a positive integer, which is reported where the value
    /// itself is checked.
    /// </summary>
    /// <param name="root">The recipe.</param>
    /// <param name="strategy">Its strategy.</param>
    public static RecipeMinibatches? Of(IConfigurationRoot root, ComponentInfo strategy)
    {
        var defaults = new TrainingOptions();
        if (strategy.Options.Options.FirstOrDefault(option => option.IsMinibatchSize) is not { } option
            || Number("training:batchSize", defaults.BatchSize) is not { } rows
            || Number("training:accumulate", defaults.Accumulate) is not { } accumulate)
            return null;
        string key = $"strategy:{option.Key}";
        bool isSet = root[key] is { Length: > 0 };
        int? size = isSet ? Number(key, 0) : (int?)option.Default;
        if (isSet && size is null or 0)
            return null;
        (int each, int count) = Minibatches.Of(rows, size, accumulate);
        return new RecipeMinibatches(key, size, rows, accumulate, each, count);

        int? Number(string name, int otherwise) => root[name] is not { } text ? otherwise
            : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : null;
    }
}
