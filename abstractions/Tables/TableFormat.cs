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

/// <summary>What is read from tables.</summary>
/// <param name="Columns">Names of columns, numbers from 1 if there is no header, or JSON fields; dots separate nested fields.</param>
public sealed record TableFormat(IReadOnlyList<string> Columns)
{
    /// <summary>Whether separated values have a header.</summary>
    public bool Header { get; init; } = true;

    /// <summary>The character between the cells of .csv files; null: detected.</summary>
    public char? Delimiter { get; init; }

    /// <summary>
    /// Whether the only column of a table, or the only field of a JSON object, is taken whatever its name, and a line of JSON may be
    /// a string.
    /// </summary>
    public bool TakesOnly { get; init; }

    /// <summary>Creates the exception for a column that is not there, from a sentence that lists those there are.</summary>
    public Func<string, Exception> NoColumn { get; init; } =
        sentence => new DataException($"{sentence} Use one of these columns; if the first row is already data, set 'header' to false.");
}
