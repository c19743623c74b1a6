namespace Tenon.Conformance.Parity;

/// <summary>What a row of a comparison is about.</summary>
public enum ParityKind
{
    /// <summary>An output of the model.</summary>
    Output,

    /// <summary>The gradient of the loss for a parameter, element by element.</summary>
    Gradient,

    /// <summary>The gradient of the loss for a parameter by its 2-norm, sum, sum of absolute values, first and last element.</summary>
    GradientSummary,

    /// <summary>A weight of the model with an adapter merged into it.</summary>
    Weight,
}

/// <summary>One tensor compared with the reference.</summary>
/// <param name="Name">The reference's name.</param>
/// <param name="Kind">What was compared.</param>
/// <param name="Shape">The reference's shape.</param>
/// <param name="MaxDifference">Largest absolute difference; not a number or infinite when there is no number for it.</param>
/// <param name="MaxReference">Largest absolute value of the reference.</param>
/// <param name="Ok">Whether the difference is within the tolerance.</param>
/// <param name="Note">Why nothing could be compared; null otherwise.</param>
public sealed record ParityRow(
    string Name, ParityKind Kind, IReadOnlyList<long> Shape, double MaxDifference, double MaxReference, bool Ok, string? Note = null);

/// <summary>A model compared with reference data.</summary>
/// <param name="Rows">Outputs in the order of their names, then gradients.</param>
/// <param name="NotCompared">Outputs that the model does not offer, and gradients that one of the two does not have.</param>
public sealed record ParityReport(IReadOnlyList<ParityRow> Rows, IReadOnlyList<string> NotCompared)
{
    /// <summary>What was taken for granted, a sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Whether something was compared and everything is within the tolerance.</summary>
    public bool Ok => Rows.Count > 0 && Rows.All(row => row.Ok);
}
