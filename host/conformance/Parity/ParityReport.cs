namespace Tenon.Conformance.Parity;

/// <summary>The subject of a row in a comparison.</summary>
public enum ParityKind
{
    /// <summary>An output of the model.</summary>
    Output,

    /// <summary>The gradient of a parameter, element by element.</summary>
    Gradient,

    /// <summary>The gradient of a parameter, summarized by its 2-norm, sum, sum of absolute values, first and last element.</summary>
    GradientSummary,

    /// <summary>A weight of the model with an adapter merged into it.</summary>
    Weight,
}

/// <summary>One tensor compared with the reference.</summary>
/// <param name="Name">Name in the reference.</param>
/// <param name="Kind">The subject of the comparison.</param>
/// <param name="Shape">Shape in the reference.</param>
/// <param name="MaxDifference">Maximum absolute difference; NaN or infinite if undefined.</param>
/// <param name="MaxReference">Largest absolute value of the reference.</param>
/// <param name="Ok">Whether the difference is within the tolerance.</param>
/// <param name="Note">Why the tensor was not compared; null otherwise.</param>
public sealed record ParityRow(
    string Name, ParityKind Kind, IReadOnlyList<long> Shape, double MaxDifference, double MaxReference, bool Ok, string? Note = null);

/// <summary>A model compared with reference data.</summary>
/// <param name="Rows">Outputs sorted by name, then gradients.</param>
/// <param name="NotCompared">Outputs that the model does not have, and gradients that only one side has.</param>
public sealed record ParityReport(IReadOnlyList<ParityRow> Rows, IReadOnlyList<string> NotCompared)
{
    /// <summary>Assumptions made in the comparison, one sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Whether anything was compared and everything is within the tolerance.</summary>
    public bool Ok => Rows.Count > 0 && Rows.All(row => row.Ok);
}
