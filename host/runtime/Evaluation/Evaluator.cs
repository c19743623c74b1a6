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
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Recipes;

namespace Tenon.Host.Evaluation;

/// <summary>Measures the model of a run's folder on the run's data with the same split.</summary>
/// <param name="components">Creates the recipe's components.</param>
/// <param name="events">Receives progress.</param>
/// <param name="plots">Draws plots; null: none are drawn.</param>
internal sealed class Evaluator(ComponentFactory components, RunEvents events, IPlots? plots)
{
    /// <summary>Measures, and writes <c>evaluation.json</c> and, for a classifier, <c>confusion.png</c>.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="recipe">Its recipe, with overrides.</param>
    /// <param name="options">What to measure.</param>
    /// <param name="stop">Cancels the work.</param>
    public EvaluationReport Evaluate(RunFolder folder, Recipe recipe, EvaluationOptions options, CancellationToken stop)
    {
        events.Doing("opening the model");
        using OpenedModel opened = Open(folder.Path, recipe);
        using OpenedModel? judge = options.Classifier is { } classifier ? Open(classifier, recipe) : null;
        DenoiserEvaluation? generation = judge is null ? null : Judging(opened, judge, recipe, options);
        events.Doing("reading the data");
        var models = new ModelOpener(components, opened.Device);
        using ComposedReward? reward = new RewardOpener(components).Open(recipe.Rewards, new RewardContext(recipe.BaseDirectory, models));
        using OpenedData data = new DataOpener(components).Open(recipe, reward, models, new TextGenerator(), events, stop);
        if (data.UnsupportedReason(opened.Model) is { } error)
            throw new DataException(error);
        CheckClasses(opened.Model, data.Facts.Labels);
        if (options.Split == Split.Validation && data.ValidationCount == 0)
            throw new DataException("There are no validation examples: validation:share is 0 and the data has no split of its own. Use --split train.");
        var random = new SeededRandom((ulong)recipe.Seed);
        using RunData batches = data.For(opened.Model, new BatchSettings
        {
            BatchSize = recipe.Training.BatchSize,
            Device = opened.Device.Torch,
            Random = random,
            Tokenizer = opened.Tokenizer,
            Packing = recipe.Training.Packing,
        });

        events.Doing("measuring");
        using StrategyEvaluation evaluation = AskStrategy(recipe, opened, data.Facts, batches, options.Split);
        ValidationFigures figures = evaluation.Measure(random, stop);
        double? ofModel = !evaluation.IsOwn && Capability.Of(opened.Model).Any(capability => capability.HasPerplexity) ? evaluation.MeasureOwn(random, stop).Loss : null;
        EvaluationReport report = new()
        {
            Folder = folder.Path,
            Model = recipe.Model.Use,
            Split = options.Split,
            Examples = figures.Examples,
            Loss = figures.Loss,
            Perplexity = Validation.Perplexity(opened.Model, evaluation.IsOwn, figures.Loss),
            LanguageModelPerplexity = Validation.Perplexity(opened.Model, isOwn: true, ofModel),
            Figures = evaluation.Figures,
            LossBaselines = options.Split == Split.Validation ? TokenBaselines.Of(opened.Model, batches, opened.Tokenizer, events.Doing, stop) : [],
            Confusion = figures.Predictions.Classes,
            TokenAccuracy = figures.Predictions.Classes is null ? figures.Predictions.Accuracy : null,
            Entities = figures.Predictions.Entities?.Figures,
            Classification = figures.Predictions.Classes is { } confusion
                ? ClassificationFigures.Of(confusion, ClassificationBaseline.Of(batches, options.Split, events.Doing, stop))
                : null,
            Notes = Changes(folder, recipe),
            Generation = generation?.Evaluate(batches, options, stop),
        };
        Durable.WriteText(folder.Evaluation, report.ToJson().ToJsonString(ModelFolder.Indented) + "\n");
        if (figures.Predictions.Classes is { } drawn)
            new RunPlots(folder, plots, events).Confusion(drawn);
        return report;
    }

    // The quantity of the run's validations, which only its strategy knows.
    private StrategyEvaluation AskStrategy(Recipe recipe, OpenedModel opened, DataFacts facts, RunData batches, Split split)
    {
        Chosen<IStrategy> strategy = components.Make<IStrategy>(recipe.Strategy);
        if (opened.Model.UnsupportedReason(strategy.Component.ModelType) is { } lacking)
            throw new ModelException(lacking);
        return new StrategyEvaluation(strategy.Component, strategy.Options, opened.Model, Reference, batches.InOrder(), split);

        IModel Reference()
        {
            if (recipe.From is { } from && !Directory.Exists(from))
                throw new ModelException($"The strategy '{recipe.Strategy.Use}' compares the model with the model that the run started from, but its folder '{from}' no longer exists. Restore it, or set its location with --model:from.");
            Chosen<IArchitecture> architecture = components.Make<IArchitecture>(recipe.Model);
            object options = new ModelOptionsResolver(components).Resolve(recipe, architecture, ModelOptionsResolver.Facts(opened.Tokenizer, facts));
            return new StartingModel(recipe, architecture.Component, options, opened.Autocast, opened.Device).BuildFrozen();
        }
    }

    // Labels are indices, so different classes or a different order would be miscounted. Data without classes (pairs for a reward
    // model) has no labels to miscount.
    private static void CheckClasses(IModel model, IReadOnlyList<string> data)
    {
        IReadOnlyList<string> known = Capability.ClassesOf(model);
        if (data.Count > 0 && known.Count > 0 && !known.SequenceEqual(data, StringComparer.Ordinal))
            throw new DataException($"The data's classes are {string.Join(", ", data)}, but the model's are {string.Join(", ", known)}. Use data with the model's classes in the same order.");
    }

    // The data's plugin draws the split, so a different plugin may hold out different examples.
    private string[] Changes(RunFolder folder, Recipe recipe)
    {
        PluginInfo data = components.Find(recipe.Data).Plugin;
        if (!File.Exists(folder.PluginsLock))
            return [];
        PluginLock locked = PluginLock.Read(folder.PluginsLock);
        bool same = locked.Plugins.TryGetValue(data.Id, out LockedPlugin? plugin)
            && new PluginLock(new Dictionary<string, LockedPlugin> { [data.Id] = plugin }).Verify(components.Catalogue).Count == 0;
        return same ? [] :
            [$"The data's plugin '{data.Id}' is not the plugin of the run: it may hold out different examples, so the model may have been trained on some of the examples measured here."];
    }

    private OpenedModel Open(string folder, Recipe recipe)
    {
        IOpenDevice device = new DeviceOpener(components).Open(recipe.Device);
        try
        {
            return new ModelFolderOpener(components).Open(folder, device);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    // Before anything is measured, so that unsuitable models are refused immediately.
    private DenoiserEvaluation Judging(OpenedModel opened, OpenedModel judge, Recipe recipe, EvaluationOptions options)
    {
        if (opened.Model is not IDenoiser denoiser)
            throw new ModelException($"--classifier evaluates the images of a denoiser, but {opened.Model.GetType().Name} is not a denoiser. Omit the option.");
        ChosenSampler sampler = new SamplerOpener(components).Open(recipe.Sampler).WithSteps(options.Steps);
        (sampler.Open(denoiser) as IDisposable)?.Dispose();
        return new DenoiserEvaluation(denoiser, opened.Device.Torch, sampler, new ImageLabelEvaluator(judge.Model, options.Classifier!, judge.Device.Torch), events.Doing);
    }
}
