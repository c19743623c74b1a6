namespace Tenon;

/// <summary>The syntax of a table.</summary>
public enum TableSyntax
{
    /// <summary>Commas or another delimiter, quotes as in RFC 4180.</summary>
    Csv,

    /// <summary>Tabs, no quotes.</summary>
    Tsv,

    /// <summary>One JSON object per line.</summary>
    JsonLines,
}

/// <summary>Which columns to read from tables, and how the tables are formatted.</summary>
/// <param name="Columns">
/// Names of columns, numbers from 1 if there is no header, or names of JSON fields, with dots between the names of nested fields.
/// </param>
public sealed record TableFormat(IReadOnlyList<string> Columns)
{
    /// <summary>Whether separated values have a header.</summary>
    public bool Header { get; init; } = true;

    /// <summary>The character between the cells of .csv files, or null to detect it.</summary>
    public char? Delimiter { get; init; }

    /// <summary>
    /// Whether to accept a table's only column, or a JSON object's only field, regardless of its name, and lines of JSON that are
    /// strings.
    /// </summary>
    public bool TakesOnly { get; init; }

    /// <summary>Creates the exception for a missing column from a sentence that names it and lists the existing columns.</summary>
    public Func<string, Exception> NoColumn { get; init; } =
        sentence => new DataException($"{sentence} Use one of these columns; if the first row is already data, set 'header' to false.");
}
