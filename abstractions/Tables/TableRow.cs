namespace Tenon;

/// <summary>The cells of a row, in the order of the requested columns.</summary>
/// <param name="Location">File and line, for errors.</param>
/// <param name="Cells">One cell per column.</param>
public readonly record struct TableRow(string Location, IReadOnlyList<string> Cells);
