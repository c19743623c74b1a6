using Tenon.Host.Artifacts;
using Tenon.Host.Data;
using Tenon.Host.Evaluation.Baselines;
using Tenon.Host.Evaluation.Plots;
using Tenon.Host.Evaluation.Rewards;
using Tenon.Host.Events;
using Tenon.Host.Inference.Images;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;
using Tenon.Host.Training;
using Tenon.Host.Training.Checkpoints;
using TorchSharp;

namespace Tenon.Host.Runs;

/// <summary>Runs a recipe: opens device, data, tokenizer, model and batches, in this order, and then runs the strategy.</summary>
/// <param name="components">Creates the recipe's components.</param>
/// <param name="events">Receives progress.</param>
/// <param name="plots">Draws plots; null: none are drawn.</param>
internal sealed class RunExecutor(ComponentFactory components, RunEvents events, IPlots? plots)
{
    /// <summary>Runs a recipe in a new folder.</summary>
    /// <param name="recipe">A checked recipe.</param>
    /// <param name="stop">Cancelled when the user asks to stop.</param>
    /// <exception cref="OperationCanceledException">Stopped; a checkpoint was written.</exception>
    public RunReport Start(Recipe recipe, CancellationToken stop) => Execute(recipe, folder: null, checkpoint: null, stop);

    /// <summary>Resumes a run from its newest checkpoint, or from the start if it has none.</summary>
    /// <param name="recipe">The run's recipe.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="stop">Cancelled when the user asks to stop.</param>
    /// <exception cref="OperationCanceledException">Stopped; a checkpoint was written.</exception>
    public RunReport Resume(Recipe recipe, RunFolder folder, CancellationToken stop) => Execute(recipe, folder, Checkpoint.Newest(folder), stop);

    private RunReport Execute(Recipe recipe, RunFolder? folder, Checkpoint? checkpoint, CancellationToken stop)
    {
        Chosen<IStrategy> strategy = components.Make<IStrategy>(recipe.Strategy);
        Chosen<IArchitecture> architecture = components.Make<IArchitecture>(recipe.Model);

        using IOpenDevice device = new DeviceOpener(components).Open(recipe.Device);
        events.Publish(new PartReady("device", device.Description));
        if (device.Torch.type == DeviceType.CPU && HiddenCaches.Correct() is { Applied: false } caches)
            events.Warn($"{caches.Setting}: {caches.Detail}");
        var generator = new TextGenerator();
        var models = new ModelOpener(components, device);
        using ComposedReward? reward = new RewardOpener(components).Open(recipe.Rewards, new RewardContext(recipe.BaseDirectory, models));
        events.Doing("reading the data");
        using OpenedData data = new DataOpener(components).Open(recipe, reward, models, generator, events, stop);
        events.Publish(new PartReady("data", data.Facts.Summary));
        foreach (string note in data.Facts.Notes)
            events.Warn(note);

        stop.ThrowIfCancellationRequested();
        ITokenizer? tokenizer = new RunTokenizer(components, events).Open(recipe, folder, data);

        events.Doing("building the model");
        var autocast = new Autocast { Type = ScalarTypes.Of(device.Precision) };
        object options = new ModelOptionsResolver(components).Resolve(recipe, architecture, ModelOptionsResolver.Facts(tokenizer, data.Facts));
        var starting = new StartingModel(recipe, architecture.Component, options, autocast, device);
        using IModel model = starting.Build(differences => events.Publish(new PartReady("weights", differences)));
        events.Publish(new PartReady("model", $"{recipe.Model.Use}, {model.Module.parameters().Sum(p => p.numel()):N0} parameters"));

        if (model.UnsupportedReason(strategy.Component.ModelType) is { } lacking)
            throw new RecipeException("strategy", recipe.File, new ModelException(lacking));

        events.Doing("preparing batches");
        DataPolicy policy = DataPolicy.Of(recipe.Data);
        using RunData batches = data.For(model, new BatchSettings
        {
            BatchSize = recipe.Training.BatchSize,
            Device = device.Torch,
            Random = new SeededRandom((ulong)recipe.Seed),
            Tokenizer = tokenizer,
            Packing = recipe.Training.Packing,
            TruncatePrompts = policy.LongPrompts == LongPrompts.Truncate,
        });
        StrategyRequirements.Check(recipe, strategy, model, tokenizer, batches);
        ModelLayout layout = new(architecture.Component.Describe(options), architecture.Component.WeightsFile);
        events.Doing("checking the data");
        DataFindings findings = new CheckedData(data, policy, events).Apply(model, tokenizer, layout.Fingerprint, [Split.Train, Split.Validation], stop);
        foreach (string note in findings.Notes())
            events.Warn(note);

        bool showsImages = recipe.Samples.ImagesPerClass > 0 && Capability.Of(model).Any(capability => capability.Samples == SampleKind.Images);
        ChosenSampler? sampler = showsImages ? new SamplerOpener(components).Open(recipe.Sampler) : null;
        IReadOnlyList<LossBaseline> baselines = TokenBaselines.Of(model, batches, tokenizer, events.Doing, stop);

        if (folder is null)
            folder = RunRecord.Begin(recipe, components, layout, tokenizer);
        else
            RunRecord.Write(folder, recipe, components, layout, tokenizer);
        events.Publish(new FolderReady(folder.Path));
        var parts = new RunParts
        {
            Recipe = recipe,
            Model = model,
            Layout = layout,
            Device = device,
            Tokenizer = tokenizer,
            Data = batches,
            HasValidation = batches.HasValidation,
            Reference = starting.BuildFrozen,
            Reward = reward,
            Generator = generator,
            Sampler = sampler,
            Folder = folder,
            Checkpoint = checkpoint,
            Events = events,
            Plots = plots,
            Baselines = baselines,
            Stop = stop,
        };
        using var run = new TrainingRun(parts);
        Train(strategy, run, folder, stop);
        RunSummary summary = run.Summary ?? run.Conclude();
        return new RunReport(summary, baselines, folder, recipe)
        {
            ClassBaseline = summary.MacroF1 is null ? null : ClassificationBaseline.Of(batches, Split.Validation, events.Doing, stop),
            Uses = ModelUses.Of(
                model, measurable: data.UnsupportedReason(model) is null, recipe.Samples.Prompts is [var prompt, ..] ? prompt : null, data.TrainingTexts),
            Tables = run.Tables,
            Pictures = run.Pictures,
        };
    }

    private void Train(Chosen<IStrategy> strategy, TrainingRun run, RunFolder folder, CancellationToken stop)
    {
        try
        {
            strategy.Component.Run(strategy.Options, run, stop);
        }
        catch (NonFiniteLossException)
        {
            events.Publish(new TrainingDiverged(Checkpoint.Newest(folder)?.Folder));
            throw;
        }
    }
}
