using Tenon.Host.Data;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Processes;
using Tenon.Host.Recipes;
using Tenon.Host.Training.Optimizers;
using TorchSharp;

namespace Tenon.Host.Runs;

/// <summary>A component of a plan.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Its name.</param>
/// <param name="Plugin">Id of its plugin.</param>
/// <param name="Version">The plugin's version.</param>
/// <param name="Sha256">Hash of the plugin's assembly.</param>
public sealed record PlannedComponent(string Kind, string Name, string Plugin, string Version, string Sha256);

/// <summary>Requirements of a run, computed without allocating anything. Byte counts are for one copy on one device.</summary>
public sealed record RunPlan
{
    /// <summary>Name of the run.</summary>
    public required string Name { get; init; }

    /// <summary>The plugins and their versions.</summary>
    public required IReadOnlyList<PlannedComponent> Components { get; init; }

    /// <summary>Parameters of the model, each counted once.</summary>
    public required long Parameters { get; init; }

    /// <summary>Bytes of the parameters: float32, or <see cref="BaseWeights"/>.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>The format of the frozen weights under an adapter; null if all weights are float32.</summary>
    public WeightFormat? BaseWeights { get; init; }

    /// <summary>Bytes of the gradients, float32.</summary>
    public required long GradientBytes { get; init; }

    /// <summary>The optimizer.</summary>
    public required OptimizerName Optimizer { get; init; }

    /// <summary>Bytes of optimizer state.</summary>
    public required long OptimizerBytes { get; init; }

    /// <summary>Bytes of the averaged parameters; 0 without averaging.</summary>
    public required long AverageBytes { get; init; }

    /// <summary>Bytes of the copy of the best weights that a run with <see cref="SelectionOptions.KeepBest"/> keeps; otherwise 0.</summary>
    public long BestBytes { get; init; }

    /// <summary>Bytes of the reference model; 0 if the strategy uses none.</summary>
    public long ReferenceBytes { get; init; }

    /// <summary>Bytes of the models that the rewards open; 0 without such models.</summary>
    public long RewardBytes { get; init; }

    /// <summary>
    /// Bytes of activations kept for the backward pass of one forward pass, with the recipe's settings; null if the architecture
    /// does not report them.
    /// </summary>
    public required long? ActivationBytes { get; init; }

    /// <summary>The value of <see cref="ActivationBytes"/> without activation checkpointing.</summary>
    public required long? KeptActivationBytes { get; init; }

    /// <summary>
    /// The value of <see cref="ActivationBytes"/> with activation checkpointing; null if the architecture does not support it.
    /// </summary>
    public required long? CheckpointedActivationBytes { get; init; }

    /// <summary>The unit of computation: tokens or images; null if the architecture does not report it.</summary>
    public required string? Unit { get; init; }

    /// <summary>
    /// Multiply-adds of a forward pass over one unit, which papers on vision call FLOPs; null if the architecture does not report
    /// them.
    /// </summary>
    public required double? MultiplyAddsPerUnit { get; init; }

    /// <summary>
    /// Floating-point operations to train on one unit: three times the forward pass, four with activation checkpointing.
    /// </summary>
    public required double? FlopPerUnit { get; init; }

    /// <summary>Units in one training example; null if the architecture does not report it.</summary>
    public long? UnitsPerExample { get; init; }

    /// <summary>The layers that several GPUs can share; null if the model is not a stack of equal layers.</summary>
    public EqualLayers? Layers { get; init; }

    /// <summary>Parameters of <see cref="Layers"/>; 0 without them.</summary>
    public long LayerParameters { get; init; }

    /// <summary>Whether several processes can divide each layer (<see cref="IDividesLayers"/>).</summary>
    public bool DividesLayers { get; init; }

    /// <summary>Whether these processes can also divide the sequence (<see cref="IDividesSequence"/>).</summary>
    public bool DividesSequence { get; init; }

    /// <summary>Whether several processes can divide the sequence of layers (<see cref="IStaged"/>).</summary>
    public bool IsStaged { get; init; }

    /// <summary>Examples per parameter update.</summary>
    public int ExamplesPerStep { get; init; }

    /// <summary>Forward and backward passes per parameter update, each on a part of its examples.</summary>
    public int Accumulated { get; init; } = 1;

    /// <summary>Units per parameter update.</summary>
    public required long? UnitsPerStep { get; init; }

    /// <summary>Units in the complete run.</summary>
    public required long? Units { get; init; }

    /// <summary>Floating-point operations of the complete run.</summary>
    public required double? Flop { get; init; }

    /// <summary>Sum of the known byte counts.</summary>
    public long TotalBytes =>
        WeightBytes + GradientBytes + OptimizerBytes + AverageBytes + BestBytes + ReferenceBytes + RewardBytes + (ActivationBytes ?? 0);
}

/// <summary>A model that a run will create.</summary>
/// <param name="Configuration">The configuration files of its folder.</param>
/// <param name="Facts">Facts about its vocabulary and training data.</param>
internal sealed record PlannedModel(ModelConfiguration Configuration, ModelFacts Facts);

/// <summary>Plans runs on torch's meta device, where tensors have shapes but no memory.</summary>
/// <param name="components">Creates the recipe's components.</param>
internal sealed class Planner(ComponentFactory components)
{
    private const int BytesPerParameter = sizeof(float);

    /// <summary>Type of the matrix products, which determines the size of activations.</summary>
    public torch.ScalarType Products { get; init; } = torch.ScalarType.Float32;

    // Example types without classes or sizes, whose data need not be opened.
    private static readonly string?[] WithoutClassesOrSizes =
        [typeof(TextExample).FullName, typeof(PromptExample).FullName, typeof(PreferenceExample).FullName];

    /// <summary>Returns the plan of a recipe.</summary>
    /// <param name="recipe">A checked recipe.</param>
    /// <exception cref="RecipeException">The model's options contradict each other.</exception>
    public RunPlan Plan(Recipe recipe) => Plan(recipe, start: null).Plan;

    /// <summary>Returns the plan of a recipe, and the model that its run will create.</summary>
    /// <param name="recipe">A checked recipe.</param>
    /// <param name="start">
    /// The future content of the folder that the model starts from, if the folder does not exist yet; otherwise null.
    /// </param>
    /// <exception cref="RecipeException">The model's options contradict each other.</exception>
    public (RunPlan Plan, PlannedModel Model) Plan(Recipe recipe, PlannedModel? start)
    {
        Native.TorchRuntime.Prepare();
        Chosen<IArchitecture> architecture = components.Make<IArchitecture>(recipe.Model);
        ModelFacts facts = Facts(recipe, start);
        object options = new ModelOptionsResolver(components).Resolve(recipe, architecture, facts, start?.Configuration);
        using IModel model = Sizes(recipe, architecture.Component, options);
        return (PlanOf(recipe, model, validates: true), new PlannedModel(architecture.Component.Describe(options), facts));
    }

    /// <summary>Returns the plan of a recipe whose options have been resolved.</summary>
    /// <param name="recipe">A checked recipe.</param>
    /// <param name="architecture">Its architecture.</param>
    /// <param name="options">The architecture's options, resolved.</param>
    /// <param name="validates">Whether there is validation data.</param>
    /// <exception cref="RecipeException">The strategy does not train such a model.</exception>
    public RunPlan Plan(Recipe recipe, IArchitecture architecture, object options, bool validates)
    {
        using IModel model = Sizes(recipe, architecture, options);
        return PlanOf(recipe, model, validates);
    }

    private Autocast NewAutocast() => new() { Type = Products };

    // Builds the model on the meta device, with the base model's weights in their format.
    private IModel Sizes(Recipe recipe, IArchitecture architecture, object options)
    {
        Chosen<IStrategy> strategy = components.Make<IStrategy>(recipe.Strategy);
        WeightFormat? format = strategy.Component.BaseWeights(strategy.Options);
        IModel model = architecture.Build(options, new BuildContext(torch.META, NewAutocast()));
        if (format is null)
            return model;
        using (model)
        {
            if (model is not IPacksWeights)
            {
                throw new RecipeException("strategy", recipe.File, new ModelException(
                    $"keeps the base model's weights in {format.Value.ToString().ToLowerInvariant()}, " +
                    $"but the model '{recipe.Model.Use}' has only float32 weights. " +
                    "Remove 'baseWeights', or choose a decoder such as gpt or llama."));
            }
        }

        return architecture.Build(options, new BuildContext(torch.META, NewAutocast()) { PackedOnly = format, IsFrozenBase = true });
    }

    /// <summary>
    /// Bytes of the models that a recipe's rewards open: float32, of all model folders that options of the rewards name. Folders that
    /// an earlier stage of a pipeline creates do not count before they exist.
    /// </summary>
    /// <param name="recipe">A checked recipe.</param>
    public long RewardBytes(Recipe recipe) => recipe.Rewards
        .SelectMany(reward => components.Find(reward).Options.Options.Where(option => option.IsFolder)
            .Select(option => reward.Options[option.Key]))
        .OfType<string>().Sum(folder => ModelBytes(Path.GetFullPath(folder, recipe.BaseDirectory)));

    private long ModelBytes(string folder)
    {
        if (!Directory.Exists(folder))
            return 0;
        (IArchitecture architecture, ModelConfiguration configuration) = new ModelFolderOpener(components).Describe(folder);
        using IModel model = architecture.Build(architecture.Read(configuration), new BuildContext(torch.META, new Autocast()));
        return model.Module.parameters().Sum(p => p.numel()) * BytesPerParameter;
    }

    private RunPlan PlanOf(Recipe recipe, IModel model, bool validates)
    {
        Chosen<IStrategy> strategy = components.Make<IStrategy>(recipe.Strategy);
        if (model.UnsupportedReason(strategy.Component.ModelType) is { } lacking)
            throw new RecipeException("strategy", recipe.File, new ModelException(lacking));
        DividedModel.Check(model, ProcessOptions.Of(recipe.Parallel).Tensor ?? 1, recipe.File);
        long parameters = model.Module.parameters().Sum(p => p.numel());
        ModelCost? cost = (model as IHasCost)?.Cost;
        TrainingOptions training = recipe.Training;
        long? unitsPerStep = cost?.UnitsPerExample * training.BatchSize * training.Accumulate;
        double? flopPerUnit = (cost is { IsCheckpointed: true } ? 4 : 3) * cost?.ForwardFlop;
        long? kept = Bytes(cost?.ActivationBytes), checkpointed = Bytes(cost?.CheckpointedActivationBytes);
        // The base model of an adapter is frozen, and the adapter is small. Without training, there are only the weights.
        bool trainsAll = TrainsAll(recipe);
        long trained = trainsAll ? parameters : 0;
        long weights = (model as IPacksWeights)?.WeightBytes ?? parameters * BytesPerParameter;
        return new RunPlan
        {
            Name = recipe.Name,
            Components = [.. recipe.Components.Select(Describe)],
            Parameters = parameters,
            WeightBytes = weights,
            BaseWeights = strategy.Component.BaseWeights(strategy.Options),
            GradientBytes = trained * BytesPerParameter,
            Optimizer = training.Optimizer,
            OptimizerBytes = trainsAll ? OptimizerFactory.StateBytes(training, model.Module.parameters().Select(p => p.shape)) : 0,
            AverageBytes = training.Ema > 0 ? trained * BytesPerParameter : 0,
            BestBytes = validates && strategy.Options is SelectionOptions { KeepBest: true } ? trained * BytesPerParameter : 0,
            ReferenceBytes = strategy.Component.UsesReference(strategy.Options, model) ? weights : 0,
            RewardBytes = RewardBytes(recipe),
            ActivationBytes = !Trains(recipe) ? null : cost is { IsCheckpointed: true } ? checkpointed : kept,
            KeptActivationBytes = kept,
            CheckpointedActivationBytes = checkpointed,
            Unit = cost is null ? null : cost.Unit,
            MultiplyAddsPerUnit = cost?.ForwardFlop / 2,
            FlopPerUnit = flopPerUnit,
            UnitsPerExample = cost?.UnitsPerExample,
            Layers = cost?.Layers,
            DividesLayers = model is IDividesLayers,
            DividesSequence = model is IDividesSequence,
            IsStaged = model is IStaged,
            LayerParameters = cost?.Layers is null ? 0 : LayerParameters(model),
            ExamplesPerStep = training.BatchSize * training.Accumulate,
            Accumulated = training.Accumulate,
            UnitsPerStep = unitsPerStep,
            Units = unitsPerStep * training.Steps,
            Flop = unitsPerStep * training.Steps * flopPerUnit,
        };

        long? Bytes(double? perUnit) => (long?)(perUnit * cost?.UnitsPerExample * training.BatchSize);
    }

    // The names of the reference implementations contain the index of a layer: transformer.h.0.attn.c_attn.weight.
    private static long LayerParameters(IModel model) => model.Module.named_parameters()
        .Where(named => named.name.Split('.').Any(part => part.All(char.IsAsciiDigit))).Sum(named => named.parameter.numel());

    private bool Trains(Recipe recipe) => components.Find(recipe.Strategy).Trains;

    private bool TrainsAll(Recipe recipe) => Trains(recipe) && !components.Find(recipe.Strategy).AddsAdapter(recipe.Strategy.Options);

    // Text data need not be opened: the vocabulary is the tokenizer's, whose size is usually known in advance. Images and classes
    // require opening the data.
    private ModelFacts Facts(Recipe recipe, PlannedModel? start)
    {
        DataFacts data = DataFacts(recipe);
        if (start is not null)
            return start.Facts with { Data = data };
        if (new ModelOptionsResolver(components).TokenizerOfModel(recipe) is { } ofModel)
            return ModelOptionsResolver.Facts(ofModel, data);
        if (recipe.Tokenizer is not { } choice)
            return ModelOptionsResolver.Facts(null, data);
        Chosen<ITokenizerFactory> tokenizer = components.Make<ITokenizerFactory>(choice);
        if (tokenizer.Component.VocabularySize(tokenizer.Options) is { } size)
            return new ModelFacts(size, tokenizer.Component.SpecialTokens(tokenizer.Options), data);
        // Other tokenizers must be created; training texts include validation data here, which only the run separates.
        return ModelOptionsResolver.Facts(
            tokenizer.Component.Create(tokenizer.Options, new TokenizerContext(recipe.BaseDirectory, Texts(recipe), _ => { })), data);
    }

    private IEnumerable<string> Texts(Recipe recipe)
    {
        using IDataset dataset = Open(recipe);
        foreach (string text in ExampleTexts.Of(dataset.Train))
            yield return text;
    }

    /// <summary>Returns whether a plan opens the data.</summary>
    /// <param name="recipe">A checked recipe.</param>
    public bool Opens(Recipe recipe) => !WithoutClassesOrSizes.Contains(components.Find(recipe.Data).ExampleType);

    private DataFacts DataFacts(Recipe recipe)
    {
        if (!Opens(recipe))
            return new DataFacts();
        using IDataset dataset = Open(recipe);
        return dataset.Facts;
    }

    private IDataset Open(Recipe recipe)
    {
        Chosen<IData> data = components.Make<IData>(recipe.Data);
        return data.Component.Open(data.Options,
            new DataContext(recipe.BaseDirectory, new SeededRandom((ulong)recipe.Seed).Fork("data"), _ => { })
            {
                // The run reports rejected examples; a plan needs only the others.
                OnRejected = DataPolicy.Of(recipe.Data).OnError == OnError.Skip ? _ => { } : null,
            });
    }

    private PlannedComponent Describe(ComponentChoice choice)
    {
        ComponentInfo info = components.Find(choice);
        return new PlannedComponent(
            choice.Kind.Name, info.Name, info.Plugin.Id, info.Plugin.Version!.ToString(), info.Plugin.Sha256);
    }
}
