using System.Globalization;

namespace Tenon;

/// <summary>Reads the requested columns of tables, which are separated values or JSON Lines.</summary>
/// <param name="format">Columns, header and delimiter.</param>
/// <param name="reject">Receives rows that cannot be used.</param>
public sealed class TableReader(TableFormat format, Action<DataException> reject)
{
    private const int MaxNotes = 5;

    private readonly List<string> _suspicions = [];

    /// <summary>The supported file extensions. They may be followed by <c>.gz</c> if the caller decompresses files.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".csv", ".tsv", ".jsonl", ".ndjson"];

    /// <summary>Notes for the user about the files that were read, as sentences.</summary>
    public IReadOnlyList<string> Notes => _suspicions.Count <= MaxNotes ? _suspicions
        : [.. _suspicions.Take(MaxNotes), $"{_suspicions.Count - MaxNotes} more rows have lines that look like separate rows."];

    /// <summary>Returns the syntax of a file by its extension, ignoring <c>.gz</c>, or null if the extension is not supported.</summary>
    /// <param name="file">A path.</param>
    public static TableSyntax? SyntaxOf(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        string name = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? file[..^3] : file;
        return Path.GetExtension(name).ToLowerInvariant() switch
        {
            ".csv" => TableSyntax.Csv,
            ".tsv" => TableSyntax.Tsv,
            ".jsonl" or ".ndjson" => TableSyntax.JsonLines,
            _ => null,
        };
    }

    /// <summary>Reads the rows of a table in order, omitting rejected rows.</summary>
    /// <param name="open">Opens the text at its start. Separated values may be opened several times.</param>
    /// <param name="name">Name of the table in error messages.</param>
    /// <param name="syntax">The syntax.</param>
    /// <exception cref="DataException">The text is malformed or a column is missing (<see cref="TableFormat.NoColumn"/>).</exception>
    public IReadOnlyList<TableRow> Read(Func<Stream> open, string name, TableSyntax syntax)
    {
        ArgumentNullException.ThrowIfNull(open);
        return syntax switch
        {
            TableSyntax.Csv => ReadSeparated(open, name, format.Delimiter ?? Detect(open, name), hasQuotes: true),
            TableSyntax.Tsv => ReadSeparated(open, name, '\t', hasQuotes: false),
            TableSyntax.JsonLines => ReadJson(open, name),
            _ => throw new ArgumentOutOfRangeException(nameof(syntax), syntax, null),
        };
    }

    private List<TableRow> ReadJson(Func<Stream> open, string name)
    {
        JsonField[] fields = [.. format.Columns.Select(column => new JsonField(column, scalar: true, takesOnly: format.TakesOnly))];
        var rows = new List<TableRow>();
        using var lines = new LineReader(open(), name);
        while (lines.Read())
        {
            if (lines.IsBlank)
                continue;
            string location = $"{name}:{lines.Number}";
            string[] cells = new string[fields.Length];
            try
            {
                for (int i = 0; i < cells.Length; i++)
                    cells[i] = fields[i].Read(lines.Bytes, () => location);
                rows.Add(new TableRow(location, cells));
            }
            catch (DataException fault)
            {
                reject(fault);
            }
        }

        return rows;
    }

    private List<TableRow> ReadSeparated(Func<Stream> open, string name, char delimiter, bool hasQuotes)
    {
        var rows = new List<TableRow>();
        int[]? positions = format.Header ? null : [.. format.Columns.Select(Number)];
        int width = 0;
        using var values = new SeparatedValues(open(), name, delimiter, hasQuotes);
        while (values.Read())
        {
            if (values.Fault is { } quote)
            {
                if (positions is null)
                    throw new DataException(quote); // the header cannot be skipped
                values.Reject(quote, reject);
                continue;
            }

            if (values.IsBlank)
                continue;
            if (values.Suspicion is { } suspicion)
                _suspicions.Add(suspicion);
            width = width == 0 ? values.Count : width;
            if (positions is null)
                positions = Find(values.Texts(), $"{name}:{values.Line}");
            else if (Fault(values, width, positions, delimiter) is { } reason)
                values.Reject(values.Location + reason, reject);
            else
                rows.Add(new TableRow($"{name}:{values.Line}", [.. positions.Select(values.Text)]));
        }

        return rows;
    }

    // Returns why a row cannot be used, or null if it can.
    private string? Fault(SeparatedValues values, int width, int[] positions, char delimiter)
    {
        for (int extra = width; extra < values.Count; extra++)
        {
            if (!values[extra].IsEmpty)
                return $"the row has {values.Count} cells, but the first row has {width}. Quote a cell that contains '{delimiter}', or " +
                    "remove the extra cells.";
        }

        int missing = Array.FindIndex(positions, position => position >= values.Count);
        return missing < 0
            ? null
            : $"the row has {values.Count} {(values.Count == 1 ? "column" : "columns")}; '{format.Columns[missing]}' is column " +
                $"{positions[missing] + 1}. Add the cell or remove the row.";
    }

    private char Detect(Func<Stream> open, string name) => format.Header
        ? Delimiters.OfFirstRow(open, name, cells => format.Columns.All(column => cells.Any(cell => cell.Trim() == column)))
        : Delimiters.OfRows(open, name, format.Columns.Max(Number) + 1);

    private int[] Find(string[] cells, string location)
    {
        string[] names = [.. cells.Select(cell => cell.Trim())];
        return format.TakesOnly && names.Length == 1
            ? [.. format.Columns.Select(_ => 0)] : [.. format.Columns.Select(column => Find(column, names, location))];
    }

    private int Find(string column, string[] names, string location)
    {
        int position = Array.IndexOf(names, column);
        if (position < 0)
            throw format.NoColumn($"{location}: there is no column '{column}'. The first row has: {string.Join(", ", names)}.");
        int second = Array.IndexOf(names, column, position + 1);
        return second < 0 ? position : throw new DataException(
            $"{location}: the column '{column}' occurs twice, as columns {position + 1} and {second + 1}. Rename or remove one of them.");
    }

    private static int Number(string column) =>
        int.TryParse(column, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1
            ? number - 1
            : throw new DataException($"'{column}' is a column name, but 'header' is false. Use column numbers, from 1.");
}
