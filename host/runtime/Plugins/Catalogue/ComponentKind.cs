namespace Tenon.Host.Plugins.Catalogue;

/// <summary>
/// A kind of component, with everything that the host needs to know about it. Metadata, recipes, the schema, listings and
/// conformance iterate over <see cref="All"/>, so a new kind only needs an entry there.
/// </summary>
public sealed class ComponentKind
{
    private ComponentKind(string name, string section, Type contract, Type attribute) =>
        (Name, Section, Interface, Attribute) = (name, section, contract, attribute);

    /// <summary>A family of models (<see cref="IArchitecture{TOptions, TModel}"/>).</summary>
    public static ComponentKind Architecture { get; } = new("architecture", "model", typeof(IArchitecture), typeof(ArchitectureAttribute))
    {
        Summary = "The architecture.",
        IsRequired = true,
        ReadsModel = true,
        MakeHostOptions = () =>
        [
            new OptionInfo("from", new OptionType(OptionKind.Text, "string") { IsNullable = true })
            {
                Summary = "A model folder to start from.",
                HasDefault = true,
                IsFolder = true,
            },
        ],
        Parts = [typeof(IModel), typeof(IKeyValueCache)],
    };

    /// <summary>A training strategy (<see cref="IStrategy{TOptions, TModel}"/>).</summary>
    public static ComponentKind Strategy { get; } = new("strategy", "strategy", typeof(IStrategy), typeof(StrategyAttribute))
    {
        Summary = "How to train.",
        Plural = "strategies",
        IsRequired = true,
        Relation = type => $"needs a model that is {ContractWords.Capability(type)}",
        Incompatibility = (strategy, recipe) =>
            recipe.Of(Architecture) is { } architecture && CombinationChecker.MissingInWords(architecture, strategy) is { } missing
            ? $"The {strategy} needs a model that is {missing}, but models of the {architecture} are not. Suitable architectures: " +
                $"{recipe.Names(Architecture, a => CombinationChecker.MissingCapability(a, strategy) is null)}."
            : null,
        Parts = [typeof(IAdapter)],
    };

    /// <summary>A device (<see cref="IDevice{TOptions}"/>).</summary>
    public static ComponentKind Device { get; } = new("device", "device", typeof(IDevice), typeof(DeviceAttribute))
    {
        Summary = "Where to run.",
        IsRequired = true,
        Parts = [typeof(IOpenDevice)],
    };

    /// <summary>A source of examples (<see cref="IData{TOptions, TExample}"/>).</summary>
    public static ComponentKind Data { get; } = new("data", "data", typeof(IData), typeof(DataAttribute))
    {
        Summary = "The data to learn from.",
        Plural = "data",
        IsRequired = true,
        MakeHostOptions = () =>
        [
            new OptionInfo("onError", OptionType.Names("stop", "skip"))
            {
                Summary = "How to handle rows, files and images that cannot be used: stop before the first step and list them, or skip " +
                    "them and report their number.",
                HasDefault = true,
                Default = "stop",
            },
            new OptionInfo("longPrompts", OptionType.Names("stop", "skip", "truncate") with { IsNullable = true })
            {
                Summary = "How to handle prompts that leave no room for a response in the model's context: stop, skip the example, or " +
                    "truncate the prompt at its start. Default: as onError.",
                HasDefault = true,
            },
        ],
        Relation = type => $"yields {ContractWords.Several(type)}",
        Incompatibility = (data, recipe) => recipe.Of(Architecture) is { } architecture && recipe.Of(Strategy) is { } strategy
            && data.ExampleType is { } type && !CombinationChecker.CanLearnFrom(architecture, strategy, type)
            ? $"The {data} yields {ContractWords.Several(type)}, but the {architecture} with the {strategy} learns from " +
                $"{string.Join(", ", CombinationChecker.Learnable(architecture, strategy).DefaultIfEmpty("none"))}."
            : null,
        Parts = [typeof(IDataset), typeof(IExamples<>)],
    };

    /// <summary>Converts text to token ids and back (<see cref="ITokenizerFactory{TOptions}"/>).</summary>
    public static ComponentKind Tokenizer { get; } = new("tokenizer", "tokenizer", typeof(ITokenizerFactory), typeof(TokenizerAttribute))
    {
        Summary = "How text is converted to tokens; null if the model does not need tokens.",
        Need = other => CombinationChecker.NeedsTokenizer(other) ? $"models of the {other} learn from tokens" : null,
        SuppliedBy = "model:from",
        Parts = [typeof(ITokenizer), typeof(IStreamingDecoder)],
    };

    /// <summary>Scores the outcomes of a policy (<see cref="IRewardFactory{TOptions, TOutcome}"/>).</summary>
    public static ComponentKind Reward { get; } = new("reward", "reward", typeof(IRewardFactory), typeof(RewardAttribute))
    {
        Summary = "Reward functions; several are summed. For strategies and data that need one.",
        TakesSeveral = true,
        MakeHostOptions = () =>
        [
            new OptionInfo("weight", new OptionType(OptionKind.Number, "number"))
            {
                Summary = "Multiplies the reward's score before the rewards are summed; if it is negative, lower scores are better.",
                HasDefault = true,
                Default = 1,
            },
        ],
        Relation = type => $"judges {ContractWords.Several(type)}",
        Need = other => other.NeedsReward ? $"the {other} needs a reward" : null,
        Users = [Strategy, Data],
        Incompatibility = (reward, recipe) => recipe.Of(Strategy) is { NeedsReward: true } && recipe.Of(Architecture) is { } architecture
            && !CombinationChecker.CanJudge(reward, architecture)
            ? $"The {reward} scores {ContractWords.Several(reward.Outcomes[0])}, but the outcomes of the {architecture} are " +
                $"{string.Join(", ", architecture.Outcomes.Select(ContractWords.Several))}."
            : null,
        Parts = [typeof(IReward)],
    };

    /// <summary>Samples from a diffusion model (<see cref="ISamplerFactory{TOptions}"/>).</summary>
    public static ComponentKind Sampler { get; } = new("sampler", "sampler", typeof(ISamplerFactory), typeof(SamplerAttribute))
    {
        Summary = "How a diffusion model samples; null for the first sampler that plugins provide.",
        MakeHostOptions = () =>
        [
            new OptionInfo("steps",
                new OptionType(OptionKind.WholeNumber, "integer") { IsNullable = true, Least = int.MinValue, Greatest = int.MaxValue })
            {
                Summary = "Denoising steps, at most the model's training timesteps. Null for the sampler's default.",
                HasDefault = true,
                Minimum = 1,
                Maximum = 100_000,
            },
        ],
        Incompatibility = (sampler, recipe) => recipe.Of(Architecture) is { } architecture
            && !architecture.Capabilities.Contains(typeof(IDenoiser).FullName!, StringComparer.Ordinal)
            ? $"The {sampler} samples from diffusion models, but models of the {architecture} are not. Remove the section. Suitable " +
                $"architectures: " +
                $"{recipe.Names(Architecture, a => a.Capabilities.Contains(typeof(IDenoiser).FullName!, StringComparer.Ordinal))}."
            : null,
        Parts = [typeof(ISampler)],
    };

    /// <summary>Connects the processes of a job (<see cref="ICommunicatorFactory{TOptions}"/>).</summary>
    public static ComponentKind Communicator { get; } =
        new("communicator", "parallel", typeof(ICommunicatorFactory), typeof(CommunicatorAttribute))
        {
            Summary = "How several processes share a run; null for data parallel training if a launcher started several.",
            MakeHostOptions = () =>
            [
                Processes("data", "Groups of processes that divide each batch. Null for all processes that the other sizes leave."),
                Processes("tensor", "Processes that divide each layer. Null for 1."),
                Processes("pipeline", "Processes that divide the sequence of layers. Null for 1."),
                Processes("chunks", "Chunks of layers of each process of a pipeline, in the interleaved schedule. Null for 1."),
                new OptionInfo("sequence", new OptionType(OptionKind.Boolean, "boolean"))
                {
                    Summary = "Whether the processes that divide each layer also divide the sequence between its maps.",
                    HasDefault = true,
                    Default = false,
                },
                new OptionInfo("zero", new OptionType(OptionKind.WholeNumber, "integer") { Least = int.MinValue, Greatest = int.MaxValue })
                {
                    Summary = "Stage of ZeRO: 0 keeps everything in every process, 1 divides the optimizer's state among the processes, " +
                        "2 also the gradients.",
                    HasDefault = true,
                    Default = 0,
                    Minimum = 0,
                    Maximum = 3,
                },
                new OptionInfo("timeout", new OptionType(OptionKind.Number, "number"))
                {
                    Summary = "Seconds that a process waits for the others before the whole job ends with an error.",
                    HasDefault = true,
                    Default = 600,
                    Minimum = 0,
                    MinimumIsExclusive = true,
                    Maximum = 1_000_000,
                },
            ],
            Parts = [typeof(ICommunicator), typeof(IWork)],
        };

    /// <summary>All kinds, in the order in which components are listed and recipes are written.</summary>
    public static IReadOnlyList<ComponentKind> All { get; } =
        [Architecture, Strategy, Device, Data, Tokenizer, Reward, Sampler, Communicator];

    /// <summary>The name of the kind in messages and on the command line.</summary>
    public string Name { get; }

    /// <summary>The plural of the name.</summary>
    public string Plural { get => field ?? $"{Name}s"; private init; }

    /// <summary>The section of a recipe for a component of the kind.</summary>
    public string Section { get; }

    /// <summary>Description of the section in the JSON Schema of recipes.</summary>
    public required string Summary { get; init; }

    /// <summary>Whether every recipe must have a component of this kind.</summary>
    public bool IsRequired { get; private init; }

    /// <summary>Whether the section may be a list of components.</summary>
    public bool TakesSeveral { get; private init; }

    /// <summary>Keys of the section that the host reads; the others are the component's own options.</summary>
    public IReadOnlyList<OptionInfo> HostOptions => field ??= MakeHostOptions();

    /// <summary>The keys of <see cref="HostOptions"/>, and <c>use</c>.</summary>
    public IReadOnlyList<string> HostKeys => ["use", .. HostOptions.Select(option => option.Key)];

    /// <summary>
    /// The interface through which the host calls the components. Plugins implement its generic form, whose first type argument
    /// is the options class.
    /// </summary>
    public Type Interface { get; }

    /// <summary>The attribute that marks the components' classes.</summary>
    public Type Attribute { get; }

    // Created only when a recipe is read, so that listings do not have to load the JSON code.
    private Func<IReadOnlyList<OptionInfo>> MakeHostOptions { get; init; } = () => [];

    /// <summary>Whether the second type argument is a model class whose interfaces are the component's capabilities.</summary>
    internal bool ReadsModel { get; private init; }

    /// <summary>
    /// Describes the second type argument, given by its full name, in listings; null if there is none or it is not listed.
    /// </summary>
    internal Func<string, string>? Relation { get; private init; }

    /// <summary>Explains why another component of a recipe needs a component of this kind; null if it does not.</summary>
    internal Func<ComponentInfo, string?> Need { get; private init; } = _ => null;

    /// <summary>
    /// A key that makes <see cref="Need"/> unnecessary, because its folder contains such a component; null if there is none.
    /// </summary>
    internal string? SuppliedBy { get; private init; }

    /// <summary>
    /// The kinds of component that use a component of this kind. If none of a recipe's components needs one, the recipe must not
    /// have one. Empty if it is always allowed.
    /// </summary>
    internal IReadOnlyList<ComponentKind> Users { get; private init; } = [];

    /// <summary>
    /// Explains why a component is incompatible with the recipe's other components; null if it is compatible.
    /// </summary>
    internal Func<ComponentInfo, RecipeComponents, string?> Incompatibility { get; private init; } = (_, _) => null;

    /// <summary>
    /// Types besides <see cref="Interface"/> that identify components of this kind when failures are attributed to them.
    /// </summary>
    internal IReadOnlyList<Type> Parts { get; private init; } = [];

    /// <summary>The attribute property that marks a component as needing one of this kind: <c>NeedsReward</c>.</summary>
    internal string NeedsKey => $"Needs{char.ToUpperInvariant(Name[0])}{Name[1..]}";

    /// <summary>Index in <see cref="All"/>.</summary>
    internal int Order => All.Index().First(entry => entry.Item == this).Index;

    /// <summary>Returns the kind with a name, ignoring case, or null.</summary>
    /// <param name="name">A name.</param>
    public static ComponentKind? Find(string name) =>
        All.FirstOrDefault(kind => string.Equals(kind.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Returns the name.</summary>
    public override string ToString() => Name;

    private static OptionInfo Processes(string key, string summary) => new(
        key, new OptionType(OptionKind.WholeNumber, "integer") { IsNullable = true, Least = int.MinValue, Greatest = int.MaxValue })
    {
        Summary = summary,
        HasDefault = true,
        Minimum = 1,
        Maximum = 100_000,
    };
}
