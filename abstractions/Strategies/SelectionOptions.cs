using System.ComponentModel.DataAnnotations;

namespace Tenon;

/// <summary>What tells a better validation from a worse one.</summary>
public enum SelectionMetric
{
    /// <summary>The mean loss; lower is better.</summary>
    Loss,

    /// <summary>Share of the examples whose class was predicted; higher is better.</summary>
    Accuracy,

    /// <summary>Mean F1 of the classes; higher is better.</summary>
    MacroF1,
}

/// <summary>
/// Which validation a run keeps, and when it has seen enough (early stopping; Prechelt 1998). A strategy that offers the
/// choice derives its options from this record and hands them to <see cref="OptimizationSetup.Selection"/>; the host
/// checks them before the run and does the rest.
/// </summary>
public abstract record SelectionOptions
{
    /// <summary>What a validation is judged by.</summary>
    public SelectionMetric Metric { get; init; } = SelectionMetric.Loss;

    /// <summary>Validations in a row that may pass without a better one before training ends; null: it never ends early.</summary>
    [Range(1, 1_000_000)]
    public int? Patience { get; init; }

    /// <summary>Whether the result is the model of the best validation; else, or without validations, that of the last step.</summary>
    public bool KeepBest { get; init; } = true;
}
