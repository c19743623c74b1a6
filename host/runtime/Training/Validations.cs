using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Evaluation;
using Tenon.Host.Events;
using Tenon.Host.Models;
using Tenon.Host.Training.Checkpoints;

namespace Tenon.Host.Training;

/// <summary>Validates the model between steps, selects the best one, and records the metrics.</summary>
internal sealed class Validations
{
    private readonly RunParts _parts;
    private readonly OptimizationSetup _setup;
    private readonly TrainedModel _model;
    private readonly TrainingStep _step;
    private readonly RunMetrics _metrics;
    private double? _accuracy;
    private double? _macroF1;

    /// <summary>Checks that the strategy's selection is possible.</summary>
    /// <param name="parts">Model, data and recipe.</param>
    /// <param name="setup">The strategy's setup.</param>
    /// <param name="model">The trained model.</param>
    /// <param name="step">Seeds the generators.</param>
    /// <param name="metrics">Receives the metrics.</param>
    /// <exception cref="ModelException">The selection needs classes or validation data that the run does not have.</exception>
    public Validations(RunParts parts, OptimizationSetup setup, TrainedModel model, TrainingStep step, RunMetrics metrics)
    {
        (_parts, _setup, _model, _step, _metrics) = (parts, setup, model, step, metrics);
        if (setup.Selection is { } options && Selection.Error(options, Capability.ClassesOf(parts.Model).Count > 0, HasData) is { } error)
            throw new ModelException(error);
    }

    /// <summary>The newest loss; null before the first validation.</summary>
    public double? Loss { get; private set; }

    /// <summary>The newest predictions; null before this process's first validation.</summary>
    public Predictions? Predictions { get; private set; }

    /// <summary>The perplexity of <see cref="Loss"/>; null if the loss is not a mean of negative log-probabilities.</summary>
    public double? Perplexity => Validation.Perplexity(_parts.Model, _setup.ValidationLoss is null, Loss);

    /// <summary>The best validation, and the number of validations since.</summary>
    public Selection Selection { get; private set; } = Selection.Start;

    /// <summary>Whether the patience of the selection is exhausted.</summary>
    public bool EndsRun => Selection.IsExhausted(_setup.Selection);

    private bool HasData => _parts.HasValidation || _setup.ValidationBatches is not null;

    /// <summary>Resumes from a checkpoint. The tensors of the best model are not read yet.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    public void Restore(Checkpoint checkpoint)
    {
        Loss = checkpoint.Trainer.ValidationLoss;
        Selection = checkpoint.Trainer.Selection ?? Selection.Start;
        if (_setup.Selection is { KeepBest: true } && Selection.Best is not null && KeptModel.IsIn(checkpoint.Folder))
            _model.KeepAsBest();
    }

    /// <summary>Validates the averages, or the model if there are none, and keeps the model if it is the best so far.</summary>
    /// <param name="step">Completed steps.</param>
    /// <param name="last">Whether this is the run's last validation.</param>
    public void Run(long step, bool last)
    {
        if (!HasData)
            return;
        using (_model.SwapInAverages())
        {
            // Validations that are compared must use the same batches, so the last one covers all batches only without a selection.
            Measure(last && _setup.Selection is null ? 0 : _parts.Recipe.Validation.Batches);
            if (_setup.Selection is { } options)
                Select(options, step);
        }

        _parts.Events.Publish(new Validated(step, Loss!.Value, Predictions?.Accuracy));
        _metrics.Record(step, FigureNames.ValidationLoss, Loss.Value);
        Record(step, FigureNames.ValidationPerplexity, Perplexity);
        Record(step, FigureNames.ValidationAccuracy, Predictions?.Accuracy);
        Record(step, FigureNames.ValidationMacroF1, Predictions?.Classes?.MacroF1);
        Record(step, FigureNames.ValidationEntityF1, Predictions?.Entities?.Figures.F1);
    }

    /// <summary>Measures the model that is saved on all validation batches, at the end of a run with a selection.</summary>
    /// <param name="step">Completed steps.</param>
    public void MeasureResult(long step)
    {
        if (_setup.Selection is null || !HasData)
            return;
        // Skipped if the last validation already measured the saved model on all batches.
        if (_parts.Recipe.Validation.Batches > 0 || (_model.HasBest && Selection.Best!.Step < step))
        {
            using (_model.SwapInResult())
                Measure(most: 0);
        }

        if (_model.HasBest)
            _metrics.Record(step, FigureNames.Best + "step", Selection.Best!.Step);
        _metrics.Record(step, FigureNames.BestLoss, Loss!.Value);
        Record(step, FigureNames.BestAccuracy, Predictions?.Accuracy);
        Record(step, FigureNames.BestMacroF1, Predictions?.Classes?.MacroF1);
    }

    /// <summary>Measures the current values on at most this number of batches; 0 for all.</summary>
    private void Measure(long most)
    {
        _parts.Events.ReportActivity("validating");
        // The same noise in all validations makes their losses comparable.
        _step.Seed("validation", 0);
        using (_model.Evaluate())
        {
            ValidationFigures measured = Validation.Measure(
                _setup.ValidationBatches ?? _parts.Data.Batches(Split.Validation), most, _setup.ValidationLoss ?? _parts.Model.Loss,
                _parts.Model);
            // All processes measure the same model. Where their processors round differently, the writer's figures decide.
            double[] figures = _parts.World.Broadcast(
                measured.Loss, measured.Predictions.Accuracy ?? double.NaN, measured.Predictions.Classes?.MacroF1 ?? double.NaN);
            (Loss, Predictions) = (figures[0], measured.Predictions);
            (_accuracy, _macroF1) = (Known(figures[1]), Known(figures[2]));
        }
    }

    private static double? Known(double figure) => double.IsNaN(figure) ? null : figure;

    private void Select(SelectionOptions options, long step)
    {
        Selection = Selection.With(options.Metric,
            new BestValidation(step, Loss!.Value, _accuracy, _macroF1));
        if (options.KeepBest && Selection.Since == 0)
            _model.KeepAsBest();
    }

    private void Record(long step, string name, double? value)
    {
        if (value is { } measured)
            _metrics.Record(step, name, measured);
    }
}
