namespace Tenon;

/// <summary>The cells of a row, in the order of the requested columns.</summary>
/// <param name="Place">File and line, for errors.</param>
/// <param name="Cells">One per column.</param>
public readonly record struct TableRow(string Place, IReadOnlyList<string> Cells);
