namespace Tenon.Host.Training;

/// <summary>The best validation of a run.</summary>
/// <param name="Step">Completed steps at the validation.</param>
/// <param name="Loss">Its loss.</param>
/// <param name="Accuracy">Share of the examples whose class was predicted; null without classes.</param>
/// <param name="MacroF1">Mean F1 over the classes; null without classes.</param>
internal sealed record BestValidation(long Step, double Loss, double? Accuracy = null, double? MacroF1 = null);

/// <summary>The state of the selection, as saved in checkpoints.</summary>
internal sealed record Selection
{
    /// <summary>The state before the first validation.</summary>
    public static Selection Start { get; } = new();

    /// <summary>The best validation; null before the first.</summary>
    public BestValidation? Best { get; init; }

    /// <summary>Validations since the best one.</summary>
    public long Since { get; init; }

    /// <summary>Adds a validation.</summary>
    /// <param name="metric">The metric that is compared.</param>
    /// <param name="found">The validation's metrics.</param>
    /// <exception cref="ModelException">The validation does not have the metric.</exception>
    public Selection With(SelectionMetric metric, BestValidation found) =>
        Best is null || IsBetter(metric, found, Best) ? new Selection { Best = found } : this with { Since = Since + 1 };

    /// <summary>Returns whether training should stop.</summary>
    /// <param name="options">The strategy's options; null to never stop.</param>
    public bool IsExhausted(SelectionOptions? options) => options?.Patience is { } patience && Since >= patience;

    /// <summary>Returns a metric's name in recipes.</summary>
    public static string Name(SelectionMetric metric) => metric switch
    {
        SelectionMetric.Loss => "loss",
        SelectionMetric.Accuracy => "accuracy",
        SelectionMetric.MacroF1 => "macroF1",
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, null),
    };

    /// <summary>Explains why a run cannot select a model by validations, and how to fix it; null if it can.</summary>
    /// <param name="options">The strategy's options.</param>
    /// <param name="hasClasses">Whether validations have classes.</param>
    /// <param name="validates">Whether there is validation data.</param>
    public static string? Error(SelectionOptions options, bool hasClasses, bool validates)
    {
        if (validates && options.Metric != SelectionMetric.Loss && !hasClasses)
            return $"metric is '{Name(options.Metric)}', but the model has no classification head, so only the validation loss is " +
                "available. Set metric to loss.";
        return options.Patience is { } patience && !validates
            ? $"patience is {patience}, but there is nothing to validate on. Set validation:share above 0, or remove patience."
            : null;
    }

    // NaN is worse than any number.
    private static bool IsBetter(SelectionMetric metric, BestValidation found, BestValidation best)
    {
        double now = Value(metric, found);
        double before = Value(metric, best);
        return metric == SelectionMetric.Loss ? now < before || (double.IsNaN(before) && !double.IsNaN(now))
            : now > before || (double.IsNaN(before) && !double.IsNaN(now));
    }

    private static double Value(SelectionMetric metric, BestValidation of) => metric switch
    {
        SelectionMetric.Loss => of.Loss,
        SelectionMetric.Accuracy => of.Accuracy,
        SelectionMetric.MacroF1 => of.MacroF1,
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, null),
    } ?? throw new ModelException($"metric is '{Name(metric)}', but validations have only a loss: their batches have no class labels. " +
        "Set metric to loss.");
}
