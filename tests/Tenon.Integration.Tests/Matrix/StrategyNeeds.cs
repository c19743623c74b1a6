using System.Text.Json.Nodes;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Integration.Tests.Matrix;

/// <summary>What a strategy needs of a recipe besides a model and data that fit it.</summary>
/// <param name="TrainedModel">Whether it starts from a trained model (<c>model:from</c>).</param>
/// <param name="Options">Sets options of the recipe, by what the architecture can do; null: none.</param>
/// <param name="Trains">Whether it has steps, so that it can be stopped and resumed.</param>
internal sealed record StrategyNeeds(bool TrainedModel, Action<JsonObject, ComponentInfo>? Options = null, bool Trains = true)
{
    private static readonly Dictionary<string, StrategyNeeds> Table = new(StringComparer.Ordinal)
    {
        ["pretrain"] = new(TrainedModel: false),
        ["finetune"] = new(TrainedModel: true),
        ["lora"] = new(TrainedModel: true, Options: (recipe, architecture) =>
        {
            recipe["strategy"]!["rank"] = 2;
            if (!architecture.Capabilities.Contains("Tenon." + nameof(IHasBatchStatistics)) && !HeadsOnly.Contains(architecture.Name))
                return;
            // The only linear map of a convolutional or recurrent classifier is its head, which would be trained whole.
            recipe["strategy"]!["targetModules"] = new JsonArray("classifier*");
            recipe["strategy"]!["modulesToSave"] = new JsonArray();
        }),
        ["priming"] = new(TrainedModel: false, Trains: false, Options: (recipe, _) =>
        {
            recipe["strategy"]!["shots"] = new JsonArray(0, 1);
            // The labels themselves are no words of the tiny vocabulary.
            recipe["strategy"]!["verbalizers"] = new JsonObject { ["dogs"] = "dog", ["others"] = "cat" };
        }),
        ["ptuning"] = new(TrainedModel: true, Options: (recipe, _) => recipe["strategy"]!["virtualTokens"] = 3),
        ["reward"] = new(TrainedModel: false),
        ["dpo"] = new(TrainedModel: false),
        ["online-dpo"] = new(TrainedModel: false, Options: Acts),
        ["ppo"] = new(TrainedModel: false, Options: (recipe, architecture) =>
        {
            Acts(recipe, architecture);
            // Updates of one rollout are saved together: with one there is something to stop between.
            recipe["strategy"]!["epochs"] = 1;
        }),
        ["grpo"] = new(TrainedModel: false, Options: (recipe, architecture) =>
        {
            Acts(recipe, architecture);
            recipe["strategy"]!["groupSize"] = 3;
        }),
    };

    private static readonly string[] HeadsOnly = ["lstm-classifier", "gru-classifier", "textcnn"];

    /// <summary>The needs of a strategy; the test fails when it has no entry.</summary>
    /// <param name="strategy">Its name.</param>
    public static StrategyNeeds Of(string strategy) => Table.GetValueOrDefault(strategy) ?? throw new Xunit.Sdk.XunitException(
        $"The strategy '{strategy}' has no entry in {nameof(StrategyNeeds)}, so its cells of the matrix are not run. " +
        "Add one: whether it starts from a trained model, and the options (a reward, for example) without which a recipe with it is not " +
        $"complete. Data of a kind that {nameof(TinyData)} does not have yet goes there.");

    private static void Acts(JsonObject recipe, ComponentInfo architecture)
    {
        recipe["strategy"]!["maxNewTokens"] = 4;
        recipe["reward"] = architecture.Outcomes[0] switch
        {
            "Tenon." + nameof(TextOutcome) =>
                new JsonObject { ["use"] = "regex", ["pattern"] = "[A-Z]", ["ignoreCase"] = true, ["count"] = true },
            "Tenon." + nameof(ImageOutcome) => new JsonObject { ["use"] = "brightness" },
            _ => new JsonObject { ["use"] = "accuracy" },
        };
    }
}
