namespace Tenon;

/// <summary>How settled a component is.</summary>
public enum Stability
{
    /// <summary>May change or go in any version.</summary>
    Experimental,

    /// <summary>Meant to stay; its options may still change in a minor version.</summary>
    Preview,

    /// <summary>Options and artifacts stay readable within the plugin's major version.</summary>
    Stable,
}

/// <summary>
/// Marks a class as a component that recipes name. Its options, its model or example type and with them its
/// capabilities are read from the interfaces that the class implements; nothing is written twice.
/// </summary>
/// <param name="name">The permanent name in recipes: lower case, words joined by hyphens.</param>
/// <param name="summary">One line that <c>tenon list</c> shows.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public abstract class ComponentAttribute(string name, string summary) : Attribute
{
    /// <summary>The permanent name of the component in recipes.</summary>
    public string Name { get; } = name;

    /// <summary>One line that says what the component is.</summary>
    public string Summary { get; } = summary;

    /// <summary>How settled the component is.</summary>
    public Stability Stability { get; init; } = Stability.Preview;

    /// <summary>
    /// Settings of its options with which it is small enough to be tried in seconds: <c>layers=2</c>, <c>noise:seed=3</c>.
    /// <c>tenon plugins test</c> and the conformance kit use them; empty: the defaults.
    /// </summary>
    public string[] TestSettings { get; init; } = [];
}

/// <summary>Marks an <see cref="IArchitecture{TOptions, TModel}"/>.</summary>
/// <inheritdoc/>
public sealed class ArchitectureAttribute(string name, string summary) : ComponentAttribute(name, summary)
{
    /// <summary>
    /// The values of <c>model_type</c> (or diffusers' <c>_class_name</c>) in a <c>config.json</c> that this
    /// architecture opens; or the class in <c>architectures</c>, which goes before it.
    /// </summary>
    public string[] ModelTypes { get; init; } = [];
}

/// <summary>Marks an <see cref="IStrategy{TOptions, TModel}"/>.</summary>
/// <inheritdoc/>
public sealed class StrategyAttribute(string name, string summary) : ComponentAttribute(name, summary)
{
    /// <summary>
    /// The values of <c>peft_type</c> in an <c>adapter_config.json</c> that this strategy opens; the class then
    /// implements <see cref="IAdapterFormat"/>.
    /// </summary>
    public string[] AdapterTypes { get; init; } = [];

    /// <summary>Whether the recipe must name a reward (<see cref="IRun.Reward"/>).</summary>
    public bool NeedsReward { get; init; }
}

/// <summary>Marks an <see cref="IDevice{TOptions}"/>.</summary>
/// <inheritdoc/>
public sealed class DeviceAttribute(string name, string summary) : ComponentAttribute(name, summary);

/// <summary>Marks an <see cref="IData{TOptions, TExample}"/>.</summary>
/// <inheritdoc/>
public sealed class DataAttribute(string name, string summary) : ComponentAttribute(name, summary)
{
    /// <summary>Whether the recipe must name a reward (<see cref="DataContext.Reward"/>).</summary>
    public bool NeedsReward { get; init; }
}

/// <summary>Marks an <see cref="IRewardFactory{TOptions, TOutcome}"/>.</summary>
/// <inheritdoc/>
public sealed class RewardAttribute(string name, string summary) : ComponentAttribute(name, summary);

/// <summary>Marks an <see cref="ITokenizerFactory{TOptions}"/>.</summary>
/// <inheritdoc/>
public sealed class TokenizerAttribute(string name, string summary) : ComponentAttribute(name, summary)
{
    /// <summary>
    /// File names of which any one in a folder means that <see cref="ITokenizerFactory.Open"/> can read the
    /// folder, best first: <c>tokenizer.json</c>, <c>vocab.txt</c>.
    /// </summary>
    public string[] Opens { get; init; } = [];
}
