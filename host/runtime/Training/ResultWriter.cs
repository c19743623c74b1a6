using Tenon.Host.Artifacts;
using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Evaluation;
using Tenon.Host.Evaluation.Plots;
using static TorchSharp.torch;

namespace Tenon.Host.Training;

/// <summary>Writes the result of a run: the model first, and plots and summary at the end.</summary>
/// <param name="parts">Folder, model and recipe.</param>
/// <param name="setup">The strategy's setup.</param>
/// <param name="model">The trained model.</param>
/// <param name="validations">The last validation.</param>
/// <param name="progress">Loss, time and throughput.</param>
internal sealed class ResultWriter(RunParts parts, OptimizationSetup setup, TrainedModel model, Validations validations,
    TrainingProgress progress)
{
    private const string Tokens = "tokens";

    /// <summary>Whether the model is in the run's folder.</summary>
    public bool HasModel { get; private set; }

    /// <summary>Writes the model folder.</summary>
    public void WriteModel()
    {
        parts.Events.ReportActivity("writing the model");
        if (parts.World.IsWithWriter)
        {
            using IDisposable? result = model.SwapInResult();
            if (setup.Adapter is { } adapter)
                Save(adapter);
            else
                model.Whole.Write(parts.Model.Module, Save, parts.World.IsWriter);
        }

        HasModel = true;
    }

    private void Save(IReadOnlyDictionary<string, Tensor> weights) =>
        ModelFolder.Save(parts.Folder.Path, parts.Layout, parts.Tokenizer, weights);

    private void Save(IAdapter adapter)
    {
        if (parts.World.IsWriter)
            ModelFolder.Save(parts.Folder.Path, parts.Layout, parts.Tokenizer, adapter, parts.Recipe.From!);
    }

    /// <summary>Draws the plots and writes the summary, which marks the run as finished.</summary>
    /// <param name="steps">Completed steps.</param>
    /// <param name="waited">Time spent waiting for batches.</param>
    public RunSummary Conclude(long steps, TimeSpan waited)
    {
        DrawPlots();
        parts.Events.ReportActivity(null);
        RunSummary summary = Summarize(steps, waited);
        if (parts.World.IsWriter)
            summary.Write(parts.Folder);
        return summary;
    }

    /// <summary>Draws the plots of the run's metrics.</summary>
    public void DrawPlots()
    {
        if (parts.World.IsWriter)
            new RunPlots(parts.Folder, parts.Plots, parts.Events).Metrics(setup.Objective, parts.Baselines);
    }

    private RunSummary Summarize(long steps, TimeSpan waited)
    {
        Selection selection = validations.Selection;
        Predictions? predictions = validations.Predictions;
        bool hasSteps = progress.UnitsPerSecond > 0;
        string unit = hasSteps || Logged(FigureNames.Speed(Tokens)) is null ? progress.Unit : Tokens;
        return new RunSummary
        {
            Folder = parts.Folder.Path,
            Steps = steps,
            Loss = progress.Loss ?? Logged(FigureNames.Loss),
            ValidationLoss = validations.Loss,
            Perplexity = validations.Perplexity,
            Accuracy = predictions?.Accuracy ?? Logged(FigureNames.BestAccuracy) ?? Logged(FigureNames.ValidationAccuracy),
            MacroF1 = predictions?.Classes?.MacroF1 ?? Logged(FigureNames.BestMacroF1) ?? Logged(FigureNames.ValidationMacroF1),
            EntityF1 = predictions?.Entities?.Figures.F1 ?? Logged(FigureNames.ValidationEntityF1),
            Best = model.HasBest ? $"step {selection.Best!.Step}, best {Selection.Name(setup.Selection!.Metric)} of all validations" : null,
            Stopped = steps < parts.Recipe.Training.Steps
                ? $"after step {steps} of {parts.Recipe.Training.Steps}: no better {Selection.Name(setup.Selection!.Metric)} in " +
                    $"{selection.Since} {(selection.Since == 1 ? "validation" : "validations")}" : null,
            Time = TimeSpan.FromSeconds(progress.Seconds),
            UnitsPerSecond = hasSteps ? progress.UnitsPerSecond : Logged(FigureNames.Speed(unit)) ?? 0,
            Unit = unit,
            DataWaitShare = progress.DataWaitShare(waited),
            PeakMemory = parts.Device.Memory.Peak,
        };
    }

    // A run that is resumed after its last step has no figures of its own: its log has them.
    private double? Logged(string name) =>
        parts.World.IsWriter && MetricsLog.Read(parts.Folder.Metrics, name) is [.., var last] ? last.Value : null;
}
