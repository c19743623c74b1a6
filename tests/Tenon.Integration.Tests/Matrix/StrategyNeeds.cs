using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests.Matrix;

/// <summary>What a strategy needs of a recipe besides a model and data that fit it.</summary>
/// <param name="TrainedModel">Whether it starts from a trained model (<c>model:from</c>).</param>
/// <param name="Options">Sets options of the recipe; null: none.</param>
internal sealed record StrategyNeeds(bool TrainedModel, Action<JsonObject>? Options = null)
{
    private static readonly Dictionary<string, StrategyNeeds> Table = new(StringComparer.Ordinal)
    {
        ["pretrain"] = new(TrainedModel: false),
        ["finetune"] = new(TrainedModel: true),
        ["lora"] = new(TrainedModel: true, recipe => recipe["strategy"]!["rank"] = 2),
        ["ptuning"] = new(TrainedModel: true, recipe => recipe["strategy"]!["virtualTokens"] = 3),
    };

    /// <summary>The needs of a strategy.</summary>
    /// <param name="strategy">Its name.</param>
    public static StrategyNeeds Of(string strategy) => Table.TryGetValue(strategy, out StrategyNeeds? needs) ? needs : throw new Xunit.Sdk.XunitException(
        $"The strategy '{strategy}' has no entry in {nameof(StrategyNeeds)}, so its cells of the matrix are not run. Add one: whether it starts " +
        $"from a trained model, and the options without which a recipe with it is not complete. Data of a kind that {nameof(TinyData)} does not have yet goes there.");
}
