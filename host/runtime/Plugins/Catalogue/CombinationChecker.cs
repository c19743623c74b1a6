namespace Tenon.Host.Plugins.Catalogue;

/// <summary>Checks whether components are compatible, from their types alone.</summary>
internal static class CombinationChecker
{
    private const string LearnsFromTokens = "Tenon." + nameof(ILearnsFromTokens);
    private const string VocabularySize = "vocabularySize";
    private static readonly string[] TextModels = [LearnsFromTokens, "Tenon." + nameof(ILanguageModel), "Tenon." + nameof(IRewardModel)];

    /// <summary>Explains why a strategy cannot train an architecture's models, as type names; null if it can.</summary>
    /// <param name="architecture">The architecture.</param>
    /// <param name="strategy">The strategy.</param>
    public static string? MissingCapability(ComponentInfo architecture, ComponentInfo strategy) =>
        Missing(architecture, strategy, Short, type => $"ICollate<{Short(type)}>", "");

    /// <summary>
    /// Explains why a strategy cannot train an architecture's models, in words: <c>a policy</c>, <c>able to learn from preference
    /// examples</c>.
    /// </summary>
    /// <param name="architecture">The architecture.</param>
    /// <param name="strategy">The strategy.</param>
    public static string? MissingInWords(ComponentInfo architecture, ComponentInfo strategy) =>
        Missing(architecture, strategy, ContractWords.Capability, ContractWords.Several, "able to learn from ");

    private static string? Missing(ComponentInfo architecture, ComponentInfo strategy, Func<string, string> capability,
        Func<string, string> example, string learning)
    {
        if (strategy.Needs is { } needs && needs != "Tenon." + nameof(IModel) && !architecture.Capabilities.Contains(needs))
            return capability(needs);
        return strategy.LearnsFrom.Count == 0 || strategy.LearnsFrom.Any(type => Collates(architecture.Collates, type))
            ? null
            : learning + string.Join(" or ", strategy.LearnsFrom.Select(example));
    }

    /// <summary>
    /// Returns whether the strategy accepts the examples' type or, if it does not require a type, whether the model, the host's
    /// packing of text, or the strategy can collate them.
    /// </summary>
    public static bool CanLearnFrom(ComponentInfo architecture, ComponentInfo strategy, string exampleType)
    {
        if (strategy.Reads.Count > 0)
            return strategy.Reads.Contains(exampleType);
        if (strategy.LearnsFrom.Count > 0)
            return strategy.LearnsFrom.Contains(exampleType) && Collates(architecture.Collates, exampleType);
        return Collates(architecture.Collates.Concat(strategy.Collates), exampleType)
            || (exampleType == typeof(TextExample).FullName && architecture.Capabilities.Contains(LearnsFromTokens));
    }

    /// <summary>
    /// Returns whether a reward can score the outcomes of an architecture's models; also true if the outcomes are not declared.
    /// </summary>
    public static bool CanJudge(ComponentInfo reward, ComponentInfo architecture) =>
        architecture.Outcomes.Count == 0 || reward.Outcomes[0] == typeof(Outcome).FullName
            || architecture.Outcomes.Contains(reward.Outcomes[0]);

    /// <summary>
    /// Returns whether the input of an architecture's models is tokens: by their capabilities, or, for a classifier of texts, by an option
    /// for the size of its vocabulary.
    /// </summary>
    public static bool NeedsTokenizer(ComponentInfo architecture) =>
        architecture.Capabilities.Any(TextModels.Contains) || architecture.Options.Find(VocabularySize) is not null;

    /// <summary>Returns the example types that a run can learn from, in words.</summary>
    public static IEnumerable<string> Learnable(params ComponentInfo[] components) =>
        (components.SelectMany(c => c.Reads.Concat(c.LearnsFrom)).ToArray() is { Length: > 0 } only ? only
            : components.SelectMany(c => c.Collates)).Select(t => t == typeof(TokenBlock).FullName ? typeof(TextExample).FullName! : t)
            .Distinct().Select(ContractWords.Several).Order(StringComparer.Ordinal);

    // A collate function for any example also collates this one.
    private static bool Collates(IEnumerable<string> kinds, string exampleType) =>
        kinds.Any(kind => kind == exampleType || kind == typeof(Example).FullName);

    /// <summary>Returns a type's name without its namespace.</summary>
    public static string Short(string fullName) => fullName[(fullName.LastIndexOf('.') + 1)..];
}
