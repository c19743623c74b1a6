using System.Diagnostics;
using Tenon.Host.Artifacts;
using Tenon.Host.Data;
using Tenon.Host.Evaluation;
using Tenon.Host.Evaluation.Baselines;
using Tenon.Host.Evaluation.Plots;
using Tenon.Host.Events;
using Tenon.Host.Inference.Images;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Processes;
using Tenon.Host.Recipes;
using Tenon.Host.Training;
using Tenon.Host.Training.Checkpoints;
using TorchSharp;

namespace Tenon.Host.Runs;

/// <summary>
/// Runs a recipe: opens the device, data, tokenizer, model and batches, in this order, and then runs the strategy.
/// </summary>
/// <param name="components">Creates the recipe's components.</param>
/// <param name="events">Receives progress.</param>
/// <param name="plots">Draws plots; null to draw none.</param>
/// <param name="job">What the processes of the job share.</param>
/// <param name="accepted">Called when the recipe can no longer be refused and the folder exists, or null.</param>
internal sealed class RunExecutor(ComponentFactory components, RunEvents events, IPlots? plots, Job job, Action? accepted = null)
{
    /// <summary>Runs a recipe in a new folder.</summary>
    /// <param name="recipe">A checked recipe.</param>
    /// <param name="stop">Cancelled when the user asks to stop.</param>
    /// <exception cref="OperationCanceledException">Stopped; a checkpoint was written.</exception>
    public RunReport Start(Recipe recipe, CancellationToken stop) => Execute(recipe, folder: null, checkpoint: null, stop);

    /// <summary>
    /// Resumes a run from its newest checkpoint. The run's folder is not changed until the whole recipe has been accepted.
    /// </summary>
    /// <param name="recipe">The run's recipe.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="how">How to resume.</param>
    /// <param name="stop">Cancelled when the user asks to stop.</param>
    /// <exception cref="CheckpointException">The run is active in another process, or has no checkpoint and is not restarted.</exception>
    /// <exception cref="OperationCanceledException">Stopped; a checkpoint was written.</exception>
    public RunReport Resume(Recipe recipe, RunFolder folder, Resumption how, CancellationToken stop)
    {
        World world = job.Open(components, recipe);
        using IDisposable? held = world.IsWriter ? folder.Hold() : null;
        // Not before the folder is held: another run may still change it.
        world.Barrier();
        if (how.Restarts)
            return Execute(recipe, folder, checkpoint: null, stop);
        // An unfinished run has no summary.
        if (RunSummary.Read(folder) is { } summary && summary.Covers(recipe.Training.Steps, how.IsChanged))
            return new RunReport(summary, [], folder, recipe) { WasFinished = true };
        return Checkpoint.Newest(folder) is { } checkpoint
            ? Execute(recipe, folder, checkpoint, stop)
            : throw new CheckpointException($"The run in '{folder.Path}' has no checkpoint to resume from. " +
                "Add --restart to restart it from step 1, which replaces its model and metrics, or restore the folder 'checkpoints'.");
    }

    private RunReport Execute(Recipe recipe, RunFolder? folder, Checkpoint? checkpoint, CancellationToken stop)
    {
        long started = Stopwatch.GetTimestamp();
        World world = job.Open(components, recipe);
        using RunLog log = components.BeginRunLog();
        Chosen<IStrategy> strategy = components.Make<IStrategy>(recipe.Strategy);
        Chosen<IArchitecture> architecture = components.Make<IArchitecture>(recipe.Model);

        using IOpenDevice device = new DeviceOpener(components).Open(recipe.Device);
        events.Publish(new PartReady("device", device.Description));
        ShareProcessors(world, recipe, device);
        if (device.Torch.type == DeviceType.CPU && HiddenCaches.Correct() is { Applied: false } caches)
            events.Warn($"{caches.Setting}: {caches.Detail}");
        var planner = new Planner(components);
        MemoryCheck.CheckRewards(planner.RewardBytes(recipe), device, FreeMemory.Now());
        using RecipeData opened = RecipeData.Open(components, recipe, device, events, stop);
        OpenedData data = opened.Data;
        events.Publish(new PartReady("data", data.Facts.Summary));
        foreach (string note in data.Facts.Notes)
            events.Warn(note);

        stop.ThrowIfCancellationRequested();
        DataRecord content = DataRecord.Of(data);
        if (checkpoint?.Trainer.Seed == recipe.Seed && DataRecord.Read(folder!) is { } before
            && content.Difference(before) is { } difference)
        {
            throw new CheckpointException(
                $"{difference} A resumed run would see different examples, and train on some that were held out. Restore the data, " +
                "start a new run from the model with model:from, or add --restart to restart this run from step 1.");
        }

        ITokenizer? tokenizer = new RunTokenizer(components, events).Open(recipe, checkpoint is null ? null : folder, data);

        events.ReportActivity("building the model");
        var autocast = new Autocast { Type = ScalarTypes.Of(device.Precision) };
        var resolver = new ModelOptionsResolver(components);
        object options = opened.Using(() => resolver.Resolve(recipe, architecture, ModelOptionsResolver.Facts(tokenizer, data.Facts)));
        StartingModel.CheckWeights(recipe, architecture.Component, options);
        RunPlan plan = planner.Plan(recipe, architecture.Component, options, validates: data.ValidationCount > 0);
        MemoryCheck.Check(plan, device, FreeMemory.Now());
        ModelConfiguration configuration =
            WithEndOfReply(resolver.Describe(recipe, architecture.Component, options), data.Facts, tokenizer);
        ModelLayout layout = new(configuration, architecture.Component.WeightsFile)
        {
            SentenceFiles = (recipe.From is { } from ? SentenceFolder.Find(from)?.Files : null) ?? new Dictionary<string, string>(),
        };
        IReadOnlyList<int> endOfText = EndOfTextIds.Of(layout.Configuration, tokenizer);
        WeightFormat? baseWeights = strategy.Component.BaseWeights(strategy.Options);
        var starting = new StartingModel(recipe, architecture.Component, options, autocast, device, endOfText, baseWeights, world);
        using IModel model = starting.Build(differences => events.Publish(new PartReady("weights", differences)));
        events.Publish(new PartReady("model", $"{recipe.Model.Use}, {plan.Parameters:N0} parameters"));

        if (model.UnsupportedReason(strategy.Component.ModelType) is { } lacking)
            throw new RecipeException("strategy", recipe.File, new ModelException(lacking));

        events.ReportActivity("preparing batches");
        using RunData batches = data.For(model, BatchSettings.Of(recipe, device.Torch, tokenizer));
        DataFindings findings = opened.Find(model, tokenizer, layout.Configuration, [Split.Train, Split.Validation], stop);
        foreach (string note in findings.Notes())
            events.Warn(note);
        RunRequirements.Check(recipe, strategy, model, tokenizer, batches, opened.Refusal(findings));
        opened.Apply(findings);

        bool showsImages = recipe.Samples.ImagesPerClass > 0
            && Capability.Of(model).Any(capability => capability.Samples == SampleKind.Images);
        ChosenSampler? sampler = showsImages ? new SamplerOpener(components).Open(recipe.Sampler) : null;
        IReadOnlyList<LossBaseline> baselines = TokenBaselines.Of(model, batches, tokenizer, events.ReportActivity, stop);

        var record = new RunRecord(recipe, components, layout, tokenizer, content);
        Agreement.Check(world, ("recipe", record.Recipe), ("plugins", record.Plugins), ("data", content.ToString()),
            ("checkpoint", checkpoint?.Trainer.Write() ?? ""));
        using NewRunFolder? made = folder is null && world.IsWriter ? new NewRunFolder(recipe.Output, recipe.Name) : null;
        string path = world.Broadcast((folder ?? made?.Folder)?.Path);
        RunFolder place = folder ?? made?.Folder ?? RunFolder.Open(path);
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
            Reward = opened.Reward,
            Generator = new TextGenerator(),
            Sampler = sampler,
            Folder = place,
            Checkpoint = checkpoint,
            Accept = Accept,
            Started = started,
            Events = events,
            Plots = plots,
            Baselines = baselines,
            Stop = stop,
            World = world,
            Requests = job.Requests,
        };
        using var run = new TrainingRun(parts);
        try
        {
            Train(strategy, run, place, stop);
            RunSummary summary = run.Summary ?? run.Conclude();
            world.Barrier();
            if (!world.IsWriter)
                return new RunReport(summary, baselines, place, recipe);
            return new RunReport(summary, baselines, place, recipe)
            {
                ClassBaseline = summary.MacroF1 is null
                    ? null : ClassificationBaseline.Of(batches, Split.Validation, events.ReportActivity, stop),
                Uses = ModelUses.Of(
                    model, measurable: data.UnsupportedReason(model) is null,
                    recipe.Samples.Prompts is [var prompt, ..] ? prompt : null, data.TrainingTexts,
                    chats: data.Facts.ChatTemplate is not null),
                Tables = run.Tables,
                Pictures = run.Pictures,
            };
        }
        catch (Exception failure) when (run.HasModel && failure is not OperationCanceledException)
        {
            events.Publish(new FinishingFailed(place.Path, CanRepeat: run.Summary is null));
            throw;
        }

        void Accept()
        {
            if (!world.IsWriter)
                return;
            if (made is null)
                record.Replace(place, restarts: checkpoint is null);
            else
                record.Write(place);
            made?.Accept();
            log.WriteTo(place.Log);
            accepted?.Invoke();
            events.Publish(new FolderReady(place.Path));
        }
    }

    private void ShareProcessors(World world, Recipe recipe, IOpenDevice device)
    {
        if (!world.IsParallel)
            return;
        SharedProcessors shared = SharedProcessors.Of(world, device, recipe.Device);
        events.Publish(new PartReady("processes", $"{world.All.Size}, connected by {world.All.Engine}; {shared.Processes} on this host"));
        if (shared.Threads is { } threads && shared.Rank == 0)
            events.Publish(new PartReady("threads", $"{threads} in each process"));
    }

    // Generation must stop at the token with which the template ends a reply.
    private ModelConfiguration WithEndOfReply(ModelConfiguration configuration, DataFacts facts, ITokenizer? tokenizer)
    {
        if (facts.ChatTemplate is null || tokenizer?.ChatTemplate is not { } template)
            return configuration;
        if (template.EndOfReply is not { } end)
        {
            events.Warn("The chat template does not end the assistant's messages with a special token, " +
                "so the model does not learn to stop. Add {{ eos_token }} to the template.");
            return configuration;
        }

        return EndOfTextIds.WithEndOfReply(configuration, end);
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
