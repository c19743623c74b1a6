using Microsoft.Extensions.Configuration;

namespace Tenon.Host.Plugins.Catalogue;

/// <summary>A component, as described by its metadata. Immutable; no plugin code has run.</summary>
public sealed class ComponentInfo
{
    private readonly Lazy<OptionsSchema> _options;

    internal ComponentInfo(PluginInfo plugin, ComponentKind kind, string name, Func<OptionsSchema> options)
    {
        Plugin = plugin;
        Kind = kind;
        Name = name;
        _options = new Lazy<OptionsSchema>(options);
    }

    /// <summary>The kind of component.</summary>
    public ComponentKind Kind { get; }

    /// <summary>The permanent name of the component in recipes.</summary>
    public string Name { get; }

    /// <summary>The plugin that provides it.</summary>
    public PluginInfo Plugin { get; }

    /// <summary>One-line description.</summary>
    public required string Summary { get; init; }

    /// <summary>Maturity.</summary>
    public required Stability Stability { get; init; }

    /// <summary>Full name of the component's class.</summary>
    public required string TypeName { get; init; }

    /// <summary>The component's options; read on first use.</summary>
    public OptionsSchema Options => _options.Value;

    /// <summary>
    /// Architectures: the contract's interfaces that the models implement, by full name without type arguments. Empty for other
    /// kinds.
    /// </summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>
    /// Full names of the example types that the component collates (<see cref="ICollate{TExample}"/>): an architecture's models, or
    /// a strategy that creates its own batches.
    /// </summary>
    public IReadOnlyList<string> Collates { get; init; } = [];

    /// <summary>
    /// Strategies: full names of the example types that the strategy reads itself (<see cref="IReads{TExample}"/>); it then accepts
    /// no others.
    /// </summary>
    public IReadOnlyList<string> Reads { get; init; } = [];

    /// <summary>
    /// Strategies: full names of the only example types that the strategy learns from, collated by the model (<see
    /// cref="ILearnsFrom{TExample}"/>).
    /// </summary>
    public IReadOnlyList<string> LearnsFrom { get; init; } = [];

    /// <summary>
    /// Architectures: full names of the example types that the models can pack into rows (<see cref="IPacks{TExample}"/>).
    /// </summary>
    public IReadOnlyList<string> Packs { get; init; } = [];

    /// <summary>
    /// Full name of the second type argument of the component's interface: the class of an architecture's models, the
    /// capability that a strategy needs, the example type of data, the outcome type that a reward scores. Null if the interface
    /// has none.
    /// </summary>
    public string? Subject { get; init; }

    /// <summary>
    /// The kinds of component that a recipe with this component also needs, according to the attribute's <c>Needs…</c> properties.
    /// </summary>
    public IReadOnlyList<ComponentKind> Requires { get; init; } = [];

    /// <summary>Strategies: full name of the capability that the model must have. Null for other kinds.</summary>
    public string? Needs => Kind == ComponentKind.Strategy ? Subject : null;

    /// <summary>Strategies: whether the options can select the model of a validation (<see cref="SelectionOptions"/>).</summary>
    public bool Selects { get; init; }

    /// <summary>Strategies: whether the strategy always trains an adapter (<see cref="TrainsAdapterAttribute"/>).</summary>
    public bool TrainsAdapter { get; init; }

    /// <summary>Strategies: whether the strategy trains anything (<see cref="StrategyAttribute.Trains"/>).</summary>
    public bool Trains { get; init; } = true;

    /// <summary>Strategies: whether several processes can divide its batches (<see cref="StrategyAttribute.RunsInParallel"/>).</summary>
    public bool RunsInParallel { get; init; } = true;

    /// <summary>Strategies: whether several processes can divide the layers (<see cref="StrategyAttribute.RunsInStages"/>).</summary>
    public bool RunsInStages { get; init; }

    /// <summary>
    /// Strategies: whether several processes can divide the layers that the adapter changes
    /// (<see cref="StrategyAttribute.DividesAdapter"/>).
    /// </summary>
    public bool DividesAdapter { get; init; }

    /// <summary>Strategies: whether a recipe's options make the strategy train an adapter while the model stays frozen.</summary>
    /// <param name="options">The recipe's section.</param>
    internal bool AddsAdapter(IConfigurationSection options) => TrainsAdapter || Options.Options.Any(option =>
        option.TrainsAdapter && options.GetSection(option.Key) is var set && (set.Value is { Length: > 0 } || set.GetChildren().Any()));

    /// <summary>Strategies and data: whether the recipe must have a reward.</summary>
    public bool NeedsReward => Requires.Contains(ComponentKind.Reward);

    /// <summary>
    /// Architectures: full names of the models' outcome types (<see cref="IPolicy{TOutcome}"/>). Rewards: the outcome type that the
    /// reward scores. Empty for other kinds.
    /// </summary>
    public IReadOnlyList<string> Outcomes { get; init; } = [];

    /// <summary>Data: full name of the example type. Null for other kinds.</summary>
    public string? ExampleType => Kind == ComponentKind.Data ? Subject : null;

    /// <summary>
    /// Architectures: the values of <c>model_type</c> in the <c>config.json</c> files that the architecture opens.
    /// </summary>
    public IReadOnlyList<string> ModelTypes { get; init; } = [];

    /// <summary>
    /// Strategies: the values of <c>peft_type</c> in the <c>adapter_config.json</c> files that the strategy opens.
    /// </summary>
    public IReadOnlyList<string> AdapterTypes { get; init; } = [];

    /// <summary>Tokenizers: names of the files that the tokenizer opens, preferred first.</summary>
    public IReadOnlyList<string> Opens { get; init; } = [];

    /// <summary>Kind and name: <c>architecture 'gpt'</c>.</summary>
    public override string ToString() => $"{Kind.Name} '{Name}'";
}
