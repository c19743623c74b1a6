namespace Tenon.Text.Tables;

/// <summary>The cells of a row, in the order of the requested columns.</summary>
/// <param name="Location">File and line, for errors.</param>
/// <param name="Cells">One per column.</param>
internal readonly record struct TableRow(string Location, string[] Cells);
