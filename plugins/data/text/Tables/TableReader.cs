using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using Tenon.Text.Files;

namespace Tenon.Text.Tables;

/// <summary>The cells of a row, in the order of the requested columns.</summary>
/// <param name="Place">File and line, for errors.</param>
/// <param name="Cells">One per column.</param>
internal readonly record struct TableRow(string Place, string[] Cells);

/// <summary>Reads the requested columns of tables: separated values and JSON Lines.</summary>
/// <param name="columns">Column names, numbers if there is no header, or JSON fields.</param>
/// <param name="header">Whether separated values have a header.</param>
/// <param name="delimiter">Character between cells of .csv files; null: detected.</param>
/// <param name="inflated">Decompresses files.</param>
internal sealed class TableReader(string[] columns, bool header, string? delimiter, InflatedFiles inflated)
{
    /// <summary>Extensions of supported files.</summary>
    public static readonly string[] Endings = [".csv", ".tsv", ".jsonl", ".ndjson"];

    private static readonly string[] Separators = [",", ";", "\t"];

    /// <summary>The rows of a file in order.</summary>
    /// <exception cref="DataException">The file is malformed or a column is missing.</exception>
    public List<TableRow> Read(string file)
    {
        string ending = FileSelection.Ending(file);
        string content = inflated.Content(file);
        return ending switch
        {
            ".csv" => ReadSeparated(content, file, delimiter ?? Detect(content), CsvMode.RFC4180),
            ".tsv" => ReadSeparated(content, file, "\t", CsvMode.NoEscape),
            ".jsonl" or ".ndjson" => ReadJson(content, file),
            _ => throw new DataException($"{file}: unknown extension '{ending}'. Rename the file to end in {string.Join(", ", Endings)}, optionally followed by .gz."),
        };
    }

    private List<TableRow> ReadJson(string content, string file)
    {
        JsonField[] fields = [.. columns.Select(column => new JsonField(column, scalar: true))];
        var rows = new List<TableRow>();
        LineScanner.Scan(content, file, line =>
        {
            if (LineScanner.IsBlank(line.Bytes))
                return;
            string place = $"{file}:{line.Number}";
            string[] cells = new string[fields.Length];
            for (int i = 0; i < cells.Length; i++)
                cells[i] = fields[i].Read(line.Bytes, () => place);
            rows.Add(new TableRow(place, cells));
        });
        return rows;
    }

    private List<TableRow> ReadSeparated(string content, string file, string separator, CsvMode mode)
    {
        // Rejects invalid UTF-8 with its location, before the parser would replace it.
        LineScanner.Scan(content, file, _ => { });
        int line = 1; // of the row's start
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = separator,
            Mode = mode,
            BadDataFound = bad => throw new DataException(int.IsOddInteger(bad.RawRecord.Count('"'))
                ? $"{file}:{line}: a quote is opened in this row and never closed. Close it, or double a quote that belongs to the text."
                : $"{file}:{line}: a quote inside an unquoted cell. Quote the cell and double the quote, or use a .tsv file, which has no quoting."),
        };
        using var reader = new StreamReader(content, Encoding.UTF8);
        using var parser = new CsvParser(reader, configuration);
        var rows = new List<TableRow>();
        int[]? positions = header ? null : [.. columns.Select(Number)];
        int width = 0;
        for (; parser.Read(); line = parser.RawRow + 1)
        {
            string[] record = parser.Record!;
            string place = $"{file}:{line}";
            width = width == 0 ? record.Length : width;
            if (record.AsSpan(Math.Min(width, record.Length)).ContainsAnyExcept(""))
            {
                throw new DataException($"{place}: the row has {record.Length} cells, but the first row has {width}. "
                    + $"Quote a cell that contains '{separator}', or remove the extra cells.");
            }

            if (positions is null)
            {
                positions = [.. columns.Select(column => Find(column, record, place))];
                continue;
            }

            rows.Add(new TableRow(place, [.. positions.Select((position, i) => position < record.Length
                ? record[position]
                : throw new DataException($"{place}: the row has {record.Length} {(record.Length == 1 ? "column" : "columns")}; '{columns[i]}' is column {position + 1}. Add the cell or remove the row."))]));
        }

        return rows;
    }

    // The separator that gives the first line the requested columns; without a header, the separator that occurs in it.
    private string Detect(string content)
    {
        using var reader = new StreamReader(content, Encoding.UTF8);
        string first = reader.ReadLine() ?? "";
        return Separators.FirstOrDefault(separator => header
            ? columns.All(column => first.Split(separator).Select(name => name.Trim('"')).Contains(column, StringComparer.Ordinal))
            : first.Contains(separator, StringComparison.Ordinal)) ?? Separators[0];
    }

    private static int Find(string column, string[] names, string place)
    {
        int position = Array.IndexOf(names, column);
        return position >= 0 ? position : throw new DataException(
            $"{place}: there is no column '{column}'. The first row has: {string.Join(", ", names)}. Use one of these columns; if the first row is already data, set 'header' to false.");
    }

    private static int Number(string column) =>
        int.TryParse(column, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1
            ? number - 1
            : throw new DataException($"'{column}' is a column name, but 'header' is false. Use column numbers, from 1.");
}
