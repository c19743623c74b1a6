using Tenon.Host.Catalogue;

namespace Tenon.Host.Recipes;

/// <summary>Whether components fit together, from their types alone.</summary>
internal static class CombinationChecker
{
    private const string LearnsFromTokens = "Tenon." + nameof(ILearnsFromTokens);
    private static readonly string[] TextModels =
        [LearnsFromTokens, "Tenon." + nameof(ICausalLanguageModel), "Tenon." + nameof(IMaskedLanguageModel), "Tenon." + nameof(IRewardModel)];

    /// <summary>What keeps a strategy from training an architecture's models; null: nothing.</summary>
    /// <param name="architecture">The architecture.</param>
    /// <param name="strategy">The strategy.</param>
    public static string? MissingCapability(ComponentInfo architecture, ComponentInfo strategy) =>
        strategy.Needs is null || strategy.Needs == "Tenon." + nameof(IModel) || architecture.Capabilities.Contains(strategy.Needs) ? null : Short(strategy.Needs);

    /// <summary>
    /// Whether the examples are what the strategy reads, or, when it reads none itself, something makes batches of them:
    /// the model, the host's packing of text, or the strategy.
    /// </summary>
    public static bool CanLearnFrom(ComponentInfo architecture, ComponentInfo strategy, string exampleType)
    {
        if (strategy.Reads.Count > 0)
            return strategy.Reads.Contains(exampleType);
        IEnumerable<string> collated = architecture.Collates.Concat(strategy.Collates);
        return collated.Contains(exampleType) || collated.Contains(typeof(Example).FullName)
            || (exampleType == typeof(TextExample).FullName && architecture.Capabilities.Contains(LearnsFromTokens));
    }

    /// <summary>Whether a reward judges what an architecture's models do; also when these do not say what that is.</summary>
    public static bool CanJudge(ComponentInfo reward, ComponentInfo architecture) =>
        architecture.Outcomes.Count == 0 || reward.Outcomes[0] == typeof(Outcome).FullName || architecture.Outcomes.Contains(reward.Outcomes[0]);

    /// <summary>Whether a model's inputs are tokens.</summary>
    public static bool NeedsTokenizer(ComponentInfo architecture) => architecture.Capabilities.Any(TextModels.Contains);

    /// <summary>The example types that a run can learn from, as a person reads them.</summary>
    public static IEnumerable<string> Learnable(params ComponentInfo[] components) =>
        (components.SelectMany(c => c.Reads).ToArray() is { Length: > 0 } read ? read : components.SelectMany(c => c.Collates)).Select(t => t == typeof(TokenBlock).FullName ? typeof(TextExample).FullName! : t)
            .Distinct().Select(Short).Order(StringComparer.Ordinal);

    /// <summary>A type's name without its namespace.</summary>
    public static string Short(string fullName) => fullName[(fullName.LastIndexOf('.') + 1)..];
}
