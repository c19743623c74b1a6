using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Evaluation;
using Tenon.Host.Events;
using Tenon.Host.Training.Checkpoints;
using static TorchSharp.torch;

namespace Tenon.Host.Training;

/// <content>What the model is worth between steps, and which of its states is kept for that.</content>
internal sealed partial class Optimization
{
    private void Validate(long most)
    {
        if (!Validates)
            return;
        using (step.Ema?.SwapIn())
        {
            Measure(most);
            if (Choosing is { } choosing)
                Choose(choosing);
        }

        parts.Events.Publish(new Validated(CompletedSteps, validationLoss!.Value, predictions?.Accuracy));
        Record(FigureNames.ValidationLoss, validationLoss.Value);
        if (Perplexity is { } perplexity)
            Record(FigureNames.ValidationPerplexity, perplexity);
        if (predictions?.Accuracy is { } accuracy)
            Record(FigureNames.ValidationAccuracy, accuracy);
        if (predictions?.Classes is { } classes)
            Record(FigureNames.ValidationMacroF1, classes.MacroF1);
        if (predictions?.Entities is { } entities)
            Record(FigureNames.ValidationEntityF1, entities.Figures.F1);
    }

    /// <summary>Validates the model as it stands, averages or the best one swapped in.</summary>
    private void Measure(long most)
    {
        parts.Events.Doing("validating");
        // The same noise each time, so that the losses of two validations can be compared.
        step.Seed("validation", 0);
        using (Evaluating())
        {
            setup.Adapter?.Apply();
            ValidationFigures measured = Validation.Measure(
                setup.ValidationBatches ?? parts.Data.Batches(Split.Validation), most, setup.ValidationLoss ?? parts.Model.Loss, parts.Model);
            (validationLoss, predictions) = (measured.Loss, measured.Predictions);
        }
    }

    /// <summary>Takes the model's place as the best one when it is.</summary>
    private void Choose(SelectionOptions choosing)
    {
        selection = selection.With(choosing.Metric, new BestValidation(CompletedSteps, validationLoss!.Value, predictions?.Accuracy, predictions?.Classes?.MacroF1));
        if (!choosing.KeepBest || selection.Since > 0)
            return;
        if (best is null)
            best = new KeptModel(weights);
        else
            best.Take();
    }

    /// <summary>At the end: the kept model's figures on all validation batches, which are those of the artifact.</summary>
    private void MeasureKept()
    {
        if (Choosing is null || !Validates)
            return;
        // Nothing to measure where the last validation looked at the result already, and at everything.
        if (parts.Recipe.Validation.Batches > 0 || (best is not null && selection.Best!.Step < CompletedSteps))
        {
            using (SwapInResult())
                Measure(most: 0);
        }

        if (best is not null)
            Record(FigureNames.Best + "step", selection.Best!.Step);
        Record(FigureNames.Best + "loss", validationLoss!.Value);
        if (predictions?.Accuracy is { } accuracy)
            Record(FigureNames.Best + "accuracy", accuracy);
        if (predictions?.Classes is { } classes)
            Record(FigureNames.Best + "macro_f1", classes.MacroF1);
    }

    /// <summary>What the run results in: the best model where one is kept, else the averages, else the model as it is.</summary>
    private IDisposable? SwapInResult() => best?.SwapIn() ?? step.Ema?.SwapIn();

    private double? Perplexity => Validation.Perplexity(parts.Model, setup.ValidationLoss is null, validationLoss);

    private EvaluationMode Evaluating() =>
        new(new[] { parts.Model.Module, setup.Adapter?.Module, setup.AuxiliaryModule }.OfType<nn.Module>());
}
