using System.ComponentModel.DataAnnotations;

namespace Tenon;

/// <summary>The metric that ranks validations.</summary>
public enum SelectionMetric
{
    /// <summary>The mean loss; lower is better.</summary>
    Loss,

    /// <summary>Accuracy; higher is better.</summary>
    Accuracy,

    /// <summary>Macro-F1 over the classes; higher is better.</summary>
    MacroF1,
}

/// <summary>
/// Selects the validation whose model a run keeps, and stops training early (Prechelt 1998). A strategy that supports selection
/// derives its options from this record and passes them to <see cref="OptimizationSetup.Selection"/>; the host validates and
/// applies them.
/// </summary>
public abstract record SelectionOptions
{
    /// <summary>The metric that ranks validations.</summary>
    public SelectionMetric Metric { get; init; } = SelectionMetric.Loss;

    /// <summary>Consecutive validations without improvement after which training stops; null to never stop early.</summary>
    [Range(1, 1_000_000)]
    public int? Patience { get; init; }

    /// <summary>
    /// Whether the result is the model of the best validation. If false, or without validations, it is the model of the last step.
    /// </summary>
    public bool KeepBest { get; init; } = true;
}
