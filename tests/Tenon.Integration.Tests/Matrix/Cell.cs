using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Integration.Tests.Matrix;

/// <summary>A cell of the matrix on one kind of example: its recipes, and what is typed to use what it trained.</summary>
/// <param name="combination">Architecture, strategy and device.</param>
/// <param name="kind">Full name of the examples' type.</param>
internal sealed class Cell(Combination combination, string kind)
{
    /// <summary>Steps of a run.</summary>
    public const int Steps = 4;

    /// <summary>Full name of the examples' type.</summary>
    public string Kind => kind;

    /// <summary>Architecture, strategy, device and what is missing.</summary>
    public Combination Combination => combination;

    /// <summary>Whether there is a kind of example that architecture and strategy both learn from.</summary>
    public bool HasData => KindsFor(combination).Any();

    /// <summary>The kinds of tiny data that a combination learns from; the first kind of all where nothing fits.</summary>
    public static IEnumerable<string> KindsOf(Combination combination) => KindsFor(combination).DefaultIfEmpty(TinyData.Kinds.First());

    private static IEnumerable<string> KindsFor(Combination combination) => combination.Missing is not null ? []
        : TinyData.Kinds.Where(kind => CombinationChecker.CanLearnFrom(combination.Architecture, combination.Strategy, kind)
            // A policy chooses once for a text; tags are a choice for each word, and answers are two.
            && (combination.Strategy.Needs != "Tenon." + nameof(IPolicy)
                || (kind != typeof(TokenLabelledExample).FullName && kind != typeof(QuestionAnswerExample).FullName)));

    /// <summary>Writes a recipe.</summary>
    /// <param name="folder">Where the data is.</param>
    /// <param name="name">Of recipe and run.</param>
    /// <param name="trained">Folder of a trained model; null: none is needed.</param>
    /// <returns>The recipe's file.</returns>
    public string Recipe(string folder, string name, string? trained)
    {
        bool tokens = CombinationChecker.NeedsTokenizer(combination.Architecture);
        var recipe = new JsonObject
        {
            ["name"] = name,
            ["output"] = Path.Combine(folder, "runs"),
            ["device"] = new JsonObject { ["use"] = combination.Device.Name },
            ["data"] = TinyData.Section(kind),
            ["model"] = trained is null ? TinySizes.Section(combination.Architecture)
                : new JsonObject { ["use"] = combination.Architecture.Name, ["from"] = trained },
            ["strategy"] = new JsonObject { ["use"] = combination.Strategy.Name },
            ["training"] = new JsonObject
            {
                ["steps"] = Steps,
                ["batchSize"] = 4,
                ["learningRate"] = 1e-3,
                ["ema"] = 0.9,
                ["logEvery"] = 1,
            },
            ["validation"] = new JsonObject { ["every"] = 3, ["batches"] = 1 },
            ["samples"] = new JsonObject { ["maxNewTokens"] = 3, ["imagesPerClass"] = 1 },
        };
        if (combination.Architecture.Capabilities.Contains("Tenon." + nameof(IDenoiser)))
            recipe["sampler"] = new JsonObject { ["use"] = "ddim", ["steps"] = 2 };
        if (combination.Device.Options.Find("threads") is not null)
            recipe["device"]!["threads"] = 1;
        if (trained is null && TinyData.Tokenizer(combination.Architecture, tokens) is { } tokenizer)
            recipe["tokenizer"] = tokenizer;
        if (combination.Missing is null)
            StrategyNeeds.Of(combination.Strategy.Name).Options?.Invoke(recipe, combination.Architecture);
        string file = Path.Combine(folder, $"{name}.json");
        File.WriteAllText(file, recipe.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        return file;
    }

    /// <summary>What is typed to use the trained model: the verb of its capability.</summary>
    /// <param name="model">The run's folder.</param>
    /// <param name="folder">Where files may be written.</param>
    /// <param name="image">An image's file.</param>
    public string[] Verb(string model, string folder, string image)
    {
        bool Can(string capability) => combination.Architecture.Capabilities.Contains("Tenon." + capability);
        bool images = kind == typeof(ImageExample).FullName;
        if (Can(nameof(IDenoiser)))
            return ["sample", model, "--count", "1", "--steps", "2", "--output", Path.Combine(folder, "grid.png"), "--json"];
        // A strategy that reads the labels itself leaves the model without a head for them.
        if (Can(nameof(IClassifier)) && TinyData.HasClasses(kind) && combination.Strategy.Reads.Count == 0)
            return ["classify", model, images ? image : "the dog sees the cat.", "--json"];
        if (kind == typeof(QuestionAnswerExample).FullName)
            return ["answer", model, "the sees the", "--passage", "the dog sees the cat.", "--json"];
        if (Can(nameof(IMaskedLanguageModel)))
            return ["fill", model, "the [MASK] sees the cat.", "--json"];
        if (Can(nameof(ICausalLanguageModel)))
            return ["generate", model, "--prompt", "the ", "-n", "3", "--json"];
        if (Can(nameof(IEmbedder)))
            return ["embed", model, images ? image : "the dog", "--json"];
        if (Can(nameof(IRewardModel)))
            return ["eval", model, "--json"];
        throw new Xunit.Sdk.XunitException(
            $"No verb uses a model of '{combination.Architecture.Name}', which is " +
            $"{string.Join(", ", combination.Architecture.Capabilities)}. Add the verb of its capability to {nameof(Cell)}.");
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{combination.Architecture.Name} {combination.Strategy.Name} {combination.Device.Name} {CombinationChecker.Short(kind)}";
}
