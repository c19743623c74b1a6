namespace Tenon;

/// <summary>Maturity of a component.</summary>
public enum Stability
{
    /// <summary>May change or be removed in any version.</summary>
    Experimental,

    /// <summary>Expected to stay; options may still change in a minor version.</summary>
    Preview,

    /// <summary>Options and saved models stay readable within the plugin's major version.</summary>
    Stable,
}

/// <summary>
/// Marks a class as a component that recipes refer to by name. From the interfaces that the class implements, the host reads
/// its options, its model or example type, and thus its capabilities.
/// </summary>
/// <param name="name">The permanent name in recipes, in lower case, with words separated by hyphens.</param>
/// <param name="summary">One line that <c>tenon list</c> shows.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public abstract class ComponentAttribute(string name, string summary) : Attribute
{
    /// <summary>The permanent name of the component in recipes.</summary>
    public string Name { get; } = name;

    /// <summary>One-line description of the component.</summary>
    public string Summary { get; } = summary;

    /// <summary>Maturity of the component.</summary>
    public Stability Stability { get; init; } = Stability.Preview;

    /// <summary>
    /// Option settings that make the component small enough to test within seconds: <c>layers=2</c>, <c>noise:seed=3</c>. Used by
    /// <c>tenon plugins test</c> and the conformance kit. If empty, the defaults are used.
    /// </summary>
    public string[] TestSettings { get; init; } = [];
}

/// <summary>Marks an <see cref="IArchitecture{TOptions, TModel}"/>.</summary>
/// <inheritdoc/>
public sealed class ArchitectureAttribute(string name, string summary) : ComponentAttribute(name, summary)
{
    /// <summary>
    /// Values of <c>model_type</c> (or diffusers' <c>_class_name</c>) in the <c>config.json</c> files that this architecture
    /// opens. A class name from <c>architectures</c> is also allowed and takes precedence.
    /// </summary>
    public string[] ModelTypes { get; init; } = [];
}

/// <summary>Marks an <see cref="IStrategy{TOptions, TModel}"/>.</summary>
/// <inheritdoc/>
public sealed class StrategyAttribute(string name, string summary) : ComponentAttribute(name, summary)
{
    /// <summary>
    /// Values of <c>peft_type</c> in the <c>adapter_config.json</c> files that this strategy opens; the class then implements
    /// <see cref="IAdapterFormat"/>.
    /// </summary>
    public string[] AdapterTypes { get; init; } = [];

    /// <summary>Whether the recipe must have a reward (<see cref="IRun.Reward"/>).</summary>
    public bool NeedsReward { get; init; }

    /// <summary>
    /// Whether it trains parameters. A run then needs memory for their gradients and optimizer state, and is refused if there is
    /// too little.
    /// </summary>
    public bool Trains { get; init; } = true;

    /// <summary>
    /// Whether several processes can divide its batches: <see cref="IOptimization"/> reads the batches of every step, and nothing else
    /// depends on them, or the strategy divides its own among <see cref="IRun.Ranks"/>.
    /// </summary>
    public bool RunsInParallel { get; init; } = true;

    /// <summary>
    /// Whether several processes can divide the layers of its model (<see cref="IStaged"/>): it trains parameters of the model, and every
    /// step calls <see cref="IOptimization.Step(Func{Batch, TorchSharp.torch.Tensor})"/> with <see cref="IModel.Loss"/>.
    /// </summary>
    public bool RunsInStages { get; init; }

    /// <summary>
    /// Whether the strategy's adapter works on a model whose layers several processes divide (<see cref="IDividesLayers"/>). Its
    /// parameters are then whole in every process, with the same gradients, and it has none that the model divides.
    /// </summary>
    public bool DividesAdapter { get; init; }
}

/// <summary>Marks an <see cref="IDevice{TOptions}"/>.</summary>
/// <inheritdoc/>
public sealed class DeviceAttribute(string name, string summary) : ComponentAttribute(name, summary);

/// <summary>Marks an <see cref="IData{TOptions, TExample}"/>.</summary>
/// <inheritdoc/>
public sealed class DataAttribute(string name, string summary) : ComponentAttribute(name, summary)
{
    /// <summary>Whether the recipe must have a reward (<see cref="DataContext.Reward"/>).</summary>
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
    /// File names, preferred first (<c>tokenizer.json</c>, <c>vocab.txt</c>). <see cref="ITokenizerFactory.Open"/> can read a
    /// folder that contains any of them.
    /// </summary>
    public string[] Opens { get; init; } = [];
}

/// <summary>Marks an <see cref="ISamplerFactory{TOptions}"/>.</summary>
/// <inheritdoc/>
public sealed class SamplerAttribute(string name, string summary) : ComponentAttribute(name, summary);

/// <summary>Marks an <see cref="ICommunicatorFactory{TOptions}"/>.</summary>
/// <inheritdoc/>
public sealed class CommunicatorAttribute(string name, string summary) : ComponentAttribute(name, summary);
