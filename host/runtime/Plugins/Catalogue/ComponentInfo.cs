namespace Tenon.Host.Plugins.Catalogue;

/// <summary>A component as its metadata describes it. Immutable; none of the plugin's code has run.</summary>
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

    /// <summary>What kind of component it is.</summary>
    public ComponentKind Kind { get; }

    /// <summary>Its permanent name in recipes.</summary>
    public string Name { get; }

    /// <summary>The plugin that offers it.</summary>
    public PluginInfo Plugin { get; }

    /// <summary>One line that says what it is.</summary>
    public required string Summary { get; init; }

    /// <summary>How settled it is.</summary>
    public required Stability Stability { get; init; }

    /// <summary>Full name of its class.</summary>
    public required string TypeName { get; init; }

    /// <summary>Its options; read on first use.</summary>
    public OptionsSchema Options => _options.Value;

    /// <summary>
    /// Of an architecture: the contract's interfaces that its models implement, by full name without arguments. Empty
    /// for other kinds.
    /// </summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>
    /// Full names of the example types that it turns into batches (<see cref="ICollate{TExample}"/>): an architecture's
    /// models, or a strategy that brings its own batches.
    /// </summary>
    public IReadOnlyList<string> Collates { get; init; } = [];

    /// <summary>Of a strategy: full names of the example types that it reads itself (<see cref="IReads{TExample}"/>), when those alone are what it takes.</summary>
    public IReadOnlyList<string> Reads { get; init; } = [];

    /// <summary>Of a strategy: full names of the example types that alone it learns from, in batches of the model's (<see cref="ILearnsFrom{TExample}"/>).</summary>
    public IReadOnlyList<string> LearnsFrom { get; init; } = [];

    /// <summary>Of an architecture: full names of the example types of which its models take several in a row (<see cref="IPacks{TExample}"/>).</summary>
    public IReadOnlyList<string> Packs { get; init; } = [];

    /// <summary>
    /// Full name of the second type argument of the component's interface: the class of an architecture's models, the capability
    /// that a strategy needs, the examples of data, the outcomes that a reward judges. Null where the interface has none.
    /// </summary>
    public string? Subject { get; init; }

    /// <summary>The kinds of component of which a recipe must name one with this one, as the attribute's <c>Needs…</c> say.</summary>
    public IReadOnlyList<ComponentKind> Requires { get; init; } = [];

    /// <summary>Of a strategy: full name of the capability that a model must have. Null for other kinds.</summary>
    public string? Needs => Kind == ComponentKind.Strategy ? Subject : null;

    /// <summary>Of a strategy: whether its options choose a validation to keep (<see cref="SelectionOptions"/>).</summary>
    public bool Selects { get; init; }

    /// <summary>Of a strategy: whether it always trains an adapter (<see cref="TrainsAdapterAttribute"/>).</summary>
    public bool TrainsAdapter { get; init; }

    /// <summary>Of a strategy or data component: whether a recipe must name a reward with it.</summary>
    public bool NeedsReward => Requires.Contains(ComponentKind.Reward);

    /// <summary>
    /// Of an architecture: full names of the outcomes that its models' actions come to (<see cref="IPolicy{TOutcome}"/>);
    /// of a reward: the one that it judges. Empty for other kinds.
    /// </summary>
    public IReadOnlyList<string> Outcomes { get; init; } = [];

    /// <summary>Of a data component: full name of the type of its examples. Null for other kinds.</summary>
    public string? ExampleType => Kind == ComponentKind.Data ? Subject : null;

    /// <summary>Of an architecture: the values of <c>model_type</c> in a <c>config.json</c> that it opens.</summary>
    public IReadOnlyList<string> ModelTypes { get; init; } = [];

    /// <summary>Of a strategy: the values of <c>peft_type</c> in an <c>adapter_config.json</c> that it opens.</summary>
    public IReadOnlyList<string> AdapterTypes { get; init; } = [];

    /// <summary>Of a tokenizer: names of files that it opens, best first.</summary>
    public IReadOnlyList<string> Opens { get; init; } = [];

    /// <summary>Kind and name: <c>architecture 'gpt'</c>.</summary>
    public override string ToString() => $"{Kind.Name} '{Name}'";
}
