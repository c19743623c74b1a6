using TorchSharp;

namespace Tenon.Host.Plugins.Components;

/// <summary>An architecture with its option and model types hidden.</summary>
internal abstract class ArchitectureHandle
{
    /// <summary>Class of the options.</summary>
    public abstract Type OptionsType { get; }

    /// <summary>Where the weights stand in a model folder.</summary>
    public abstract string WeightsFile { get; }

    /// <summary>Wraps a component.</summary>
    public static ArchitectureHandle For(object component) =>
        Handle.Create<ArchitectureHandle>(component, typeof(IArchitecture<,>), typeof(ArchitectureHandle<,>));

    /// <summary>Fills in what the options leave open.</summary>
    public abstract object Resolve(object options, ModelFacts facts);

    /// <summary>Builds the model of resolved options.</summary>
    public abstract IModel Build(object options, BuildContext context);

    /// <summary>The configuration files of resolved options.</summary>
    public abstract ModelConfiguration Describe(object options);

    /// <summary>The options of a folder's configuration files.</summary>
    public abstract object Read(ModelConfiguration configuration);

    /// <summary>The state dictionary's name for a tensor in a file.</summary>
    public abstract string? WeightName(string name);

    /// <summary>Whether a tensor belongs to a head.</summary>
    public abstract bool IsHead(string name);

    /// <summary>A tensor brought to another shape, or null.</summary>
    public abstract torch.Tensor? Adapt(string name, torch.Tensor found, IReadOnlyList<long> wanted);
}

/// <inheritdoc/>
internal sealed class ArchitectureHandle<TOptions, TModel>(IArchitecture<TOptions, TModel> architecture) : ArchitectureHandle
    where TOptions : class, new()
    where TModel : class, IModel
{
    public override Type OptionsType => typeof(TOptions);

    public override string WeightsFile => architecture.WeightsFile;

    public override object Resolve(object options, ModelFacts facts) => architecture.Resolve((TOptions)options, facts);

    public override IModel Build(object options, BuildContext context) => architecture.Build((TOptions)options, context);

    public override ModelConfiguration Describe(object options) => architecture.Describe((TOptions)options);

    public override object Read(ModelConfiguration configuration) => architecture.Read(configuration);

    public override string? WeightName(string name) => architecture.WeightName(name);

    public override bool IsHead(string name) => architecture.IsHead(name);

    public override torch.Tensor? Adapt(string name, torch.Tensor found, IReadOnlyList<long> wanted) => architecture.Adapt(name, found, wanted);
}
