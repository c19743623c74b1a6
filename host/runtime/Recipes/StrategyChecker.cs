using System.Globalization;
using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Recipes;

/// <summary>Checks a strategy's requirements on other sections of the recipe.</summary>
/// <param name="sources">The values and their sources.</param>
/// <param name="findings">Receives findings.</param>
internal sealed class StrategyChecker(RecipeSources sources, List<RecipeFinding> findings)
{
    private readonly IConfigurationRoot _root = sources.Configuration;

    /// <summary>Checks everything.</summary>
    /// <param name="strategy">The recipe's strategy.</param>
    public void Check(ComponentInfo strategy)
    {
        Base(strategy);
        if (RecipeMinibatches.Of(_root, strategy) is { } minibatches)
            Updates(minibatches);
    }

    private void Base(ComponentInfo strategy)
    {
        if (_root["model:from"] is { Length: > 0 })
            return;
        OptionInfo? by = strategy.Options.Options.FirstOrDefault(option => option.TrainsAdapter
            && IsSet(_root.GetSection($"strategy:{option.Key}")));
        if (!strategy.TrainsAdapter && by is null)
            return;
        string cause = by is null ? "" : $" (strategy:{by.Key})";
        string alternative = by is null ? "" : $", or remove strategy:{by.Key}";
        Add("model:from", null, "the folder of a trained model",
            $"is missing: the {strategy} trains an adapter{cause} on a frozen model. Without model:from, the model's parameters would " +
            $"be random and would not be saved. Set model:from to the folder of a trained model{alternative}.");
    }

    private void Updates(RecipeMinibatches minibatches)
    {
        (string key, int? size, int rows, int accumulate, int each, int count) = minibatches;
        if (count >= accumulate)
            return;
        Add("training:accumulate", accumulate.ToString(CultureInfo.InvariantCulture), $"1 … {count}",
            string.Create(CultureInfo.InvariantCulture,
            $"is {accumulate}, but a batch of {rows} rows (training:batchSize) has {count} minibatch{(count == 1 ? "" : "es")} of " +
            $"{each} ({key}); allowed: 1 … {count}. Lower accumulate{(size > 1 ? $" or {key}" : "")}, or raise training:batchSize."));
    }

    private static bool IsSet(IConfigurationSection section) => section.Value is { Length: > 0 } || section.GetChildren().Any();

    private void Add(string key, string? found, string? allowed, string message) =>
        findings.Add(sources.Finding(key, key, found, allowed, null, message));
}
