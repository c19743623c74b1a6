using Tenon.Host.Artifacts;
using Tenon.Host.Data;
using Tenon.Host.Evaluation.Baselines;
using Tenon.Host.Evaluation.Plots;
using Tenon.Host.Events;
using Tenon.Host.Inference.Images;
using Tenon.Host.Models;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Processes;
using Tenon.Host.Recipes;

namespace Tenon.Host.Evaluation;

/// <summary>Evaluates the model of a run's folder on the run's data with the same split, or any model on other data.</summary>
/// <param name="components">Creates the recipe's components.</param>
/// <param name="events">Receives progress.</param>
/// <param name="plots">Draws plots; null to draw none.</param>
/// <param name="world">The processes, which may divide the layers of the model. One of them writes the report.</param>
internal sealed class Evaluator(ComponentFactory components, RunEvents events, IPlots? plots, World world)
{
    /// <summary>Evaluates a model. Its folder is not changed.</summary>
    /// <param name="folder">A run's folder, or a model folder.</param>
    /// <param name="recipe">The folder's recipe, with overrides.</param>
    /// <param name="options">What to measure.</param>
    /// <param name="stop">Cancels the work.</param>
    public EvaluationReport Evaluate(RunFolder folder, Recipe recipe, EvaluationOptions options, CancellationToken stop)
    {
        events.ReportActivity("opening the model");
        using OpenedModel opened = Open(folder.Path, recipe, world);
        if (world.IsParallel)
            SharedProcessors.Of(world, opened.Device, recipe.Device);
        using OpenedModel? judge = options.Classifier is { } classifier ? Open(classifier, recipe, World.Single) : null;
        DenoiserEvaluation? generation = judge is null ? null : OpenDenoiserEvaluation(opened, judge, recipe, options);
        bool isRun = File.Exists(folder.Recipe);
        Split split = options.All ? Split.Train : options.Split ?? Split.Validation;
        if (options.All)
            recipe = recipe with { Validation = recipe.Validation with { Share = 0 }, Training = recipe.Training with { Examples = 0 } };
        using RecipeData read = RecipeData.Open(components, recipe, opened.Device, events, stop);
        OpenedData data = read.Data;
        if (data.UnsupportedReason(opened.Model) is { } error)
            throw new DataException(error);
        DataRecord record = DataRecord.Of(data); // before examples are skipped, as in the run's own record
        FitClasses(opened.Model, data);
        ITokenizer? tokenizer = data.WithChatTemplate(opened.Tokenizer);
        ClozeEvaluation? cloze = options.Answers > 0 && opened.Model is IMaskedLanguageModel masked && tokenizer?.Special.Mask is not null
            ? ClozeEvaluation.Open(masked, tokenizer, opened.Device.Torch, data, events.ReportActivity) : null;
        AnswerEvaluation? answers = options.Answers > 0 && cloze is null
            ? AnswerEvaluation.Open(opened.Model, tokenizer, data, events.ReportActivity) : null;
        var questions = QuestionEvaluation.Open(opened.Model, tokenizer, opened.Device.Torch, data, events.ReportActivity);
        if (split == Split.Validation && data.ValidationCount == 0)
            throw new DataException("There are no validation examples: validation:share is 0 and the data does not define a split. Use " +
                "--split train or all.");
        DataFindings findings = read.Find(opened.Model, tokenizer, opened.Describe(), [split], stop);
        read.Apply(findings);
        var random = new SeededRandom((ulong)recipe.Seed);
        using RunData batches = data.For(opened.Model, BatchSettings.Of(recipe, opened.Device.Torch, tokenizer));

        events.ReportActivity("measuring");
        using StrategyEvaluation evaluation = OpenStrategyEvaluation(isRun ? recipe : null, opened, data.Facts, batches, split);
        ValidationFigures figures = evaluation.Measure(random, stop);
        long cut = findings.Truncated(split) > 0 ? CountCut(opened, batches, split, figures.Predictions, stop) : 0;
        double? ofModel = !evaluation.IsOwn && Capability.Of(opened.Model).Any(capability => capability.HasPerplexity)
            ? evaluation.MeasureOwn(random, stop).Loss : null;
        EvaluationReport report = new()
        {
            Model = recipe.Model.Use,
            Split = split,
            All = options.All,
            Examples = figures.Examples,
            Loss = figures.Loss,
            Perplexity = Validation.Perplexity(opened.Model, evaluation.IsOwn, figures.Loss),
            LanguageModelPerplexity = Validation.Perplexity(opened.Model, isOwn: true, ofModel),
            Figures = evaluation.Figures,
            LossBaselines = split == Split.Validation
                ? TokenBaselines.Of(opened.Model, batches, tokenizer, events.ReportActivity, stop) : [],
            Confusion = figures.Predictions.Classes,
            TokenAccuracy = figures.Predictions.Classes is null ? figures.Predictions.Accuracy : null,
            Entities = figures.Predictions.Entities?.Figures,
            Classification = figures.Predictions.Classes is { } confusion
                ? ClassificationFigures.Of(confusion, ClassificationBaseline.Of(batches, split, events.ReportActivity, stop))
                : null,
            Notes =
            [
                .. Changes(folder, recipe), .. isRun && !options.All ? OtherData(folder, record) : [], .. opened.Remarks,
                .. judge is null ? [] : judge.Remarks.Select(remark => $"'{options.Classifier}': {remark}"), .. data.Facts.Notes,
                .. findings.Notes(),
                .. cut > 0 ? [$"{cut} entities beyond the end of the model's context count as missed."] : Array.Empty<string>(),
            ],
            Answers = answers?.Evaluate(batches, split, options.Answers, options.Stems, stop),
            Cloze = cloze?.Evaluate(batches, split, options.Answers, stop),
            Questions = questions?.Evaluate(batches, split, stop),
            Generation = generation?.Evaluate(batches, options with { Split = split }, stop),
        };
        return options.Output is { } output && world.IsWriter ? Write(output, folder, report) : report;
    }

    private EvaluationReport Write(string output, RunFolder folder, EvaluationReport report)
    {
        Directory.CreateDirectory(output);
        string file = Path.Combine(output, "evaluation.json");
        Durable.WriteText(file, report.ToJson().ToJsonString(ModelFolder.Indented) + "\n");
        string plot = Path.Combine(output, "confusion.png");
        bool drawn = report.Confusion is { } matrix && new RunPlots(folder, plots, events).Confusion(plot, matrix);
        return report with { File = file, ConfusionPlot = drawn ? plot : null };
    }

    // The loss of the run's validations, which only its strategy knows.
    private StrategyEvaluation OpenStrategyEvaluation(Recipe? recipe, OpenedModel opened, DataFacts facts, RunData batches, Split split)
    {
        if (recipe is null)
            return new StrategyEvaluation(
                strategy: null, options: new object(), opened.Model, () => opened.Model, batches.InOrder(), split);
        Chosen<IStrategy> strategy = components.Make<IStrategy>(recipe.Strategy);
        if (opened.Model.UnsupportedReason(strategy.Component.ModelType) is { } lacking)
            throw new ModelException(lacking);
        return new StrategyEvaluation(strategy.Component, strategy.Options, opened.Model, Reference, batches.InOrder(), split);

        IModel Reference()
        {
            if (recipe.From is { } from && !Directory.Exists(from))
                throw new ModelException($"The strategy '{recipe.Strategy.Use}' compares the model with the model that the run started " +
                    $"from, but its folder '{from}' no longer exists. Restore it, or set its location with --model:from.");
            Chosen<IArchitecture> architecture = components.Make<IArchitecture>(recipe.Model);
            object options = new ModelOptionsResolver(components)
                .Resolve(recipe, architecture, ModelOptionsResolver.Facts(opened.Tokenizer, facts));
            IReadOnlyList<int> endOfText = EndOfTextIds.Of(opened.Describe(), opened.Tokenizer);
            return new StartingModel(recipe, architecture.Component, options, opened.Autocast, opened.Device, endOfText, world: world)
                .BuildFrozen();
        }
    }

    // Labels are indices, so data with fewer classes or another order would be miscounted. Data without classes (pairs for a reward
    // model) has no labels to miscount.
    private static void FitClasses(IModel model, OpenedData data)
    {
        IReadOnlyList<string> known = Capability.ClassesOf(model);
        if (data.Facts.Labels.Count > 0 && known.Count > 0 && !known.SequenceEqual(data.Facts.Labels, StringComparer.Ordinal))
            data.Relabel(known);
    }

    // Counts entities that the model cannot find because its batches do not contain them.
    private static long CountCut(OpenedModel opened, RunData data, Split split, Predictions predictions, CancellationToken stop)
    {
        if (predictions.Entities is not { } entities || opened.Model is not ICollate<TokenLabelledExample> collate
            || data.Examples<TokenLabelledExample>(split) is not { } sentences)
        {
            return 0;
        }

        long cut = CutEntities.Count(sentences, collate, Capability.ClassesOf(opened.Model), opened.Tokenizer, stop);
        entities.AddMissed(cut);
        return cut;
    }

    // The data's plugin determines the split, so a different plugin may hold out different examples.
    private string[] Changes(RunFolder folder, Recipe recipe)
    {
        PluginInfo data = components.Find(recipe.Data).Plugin;
        if (!File.Exists(folder.PluginsLock))
            return [];
        PluginLock locked = PluginLock.Read(folder.PluginsLock);
        bool same = locked.Plugins.TryGetValue(data.Id, out LockedPlugin? plugin)
            && new PluginLock(new Dictionary<string, LockedPlugin> { [data.Id] = plugin }).Verify(components.Catalogue).Count == 0;
        return same ? [] :
            [$"The data's plugin '{data.Id}' is not the one that the run used. It may hold out different examples, so the model may " +
                "have been trained on some of the examples measured here."];
    }

    private static IEnumerable<string> OtherData(RunFolder folder, DataRecord record)
    {
        if (DataRecord.Read(folder) is { } before && record.Difference(before) is { } difference)
            yield return $"{difference} The model may have been trained on some of the examples measured here.";
    }

    private OpenedModel Open(string folder, Recipe recipe, World ranks)
    {
        IOpenDevice device = new DeviceOpener(components).Open(recipe.Device);
        try
        {
            OpenedModel opened = new ModelFolderOpener(components).Open(folder, device, world: ranks);
            opened.RequireHead("'eval'");
            return opened;
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    // Called before anything is measured, so that unsuitable models are refused immediately.
    private DenoiserEvaluation OpenDenoiserEvaluation(OpenedModel opened, OpenedModel judge, Recipe recipe, EvaluationOptions options)
    {
        if (opened.Model is not IDenoiser denoiser)
            throw new ModelException($"--classifier evaluates the images of a denoiser, but {opened.Model.GetType().Name} is not a " +
                "denoiser. Omit the option.");
        ChosenSampler sampler = new SamplerOpener(components).Open(recipe.Sampler).WithSteps(options.Steps);
        (sampler.Open(denoiser) as IDisposable)?.Dispose();
        return new DenoiserEvaluation(denoiser, opened.Device.Torch, sampler,
            new ImageLabelEvaluator(judge.Model, options.Classifier!, judge.Device.Torch), events.ReportActivity);
    }
}
