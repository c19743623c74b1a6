using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using Tenon.Text.Files;

namespace Tenon.Text.Tables;

/// <summary>The cells of a row in the order in which columns were asked for.</summary>
/// <param name="Place">File and line, for errors.</param>
/// <param name="Cells">One for each column.</param>
internal readonly record struct TableRow(string Place, string[] Cells);

/// <summary>Reads the wanted columns of tables: separated values and JSON Lines.</summary>
/// <param name="columns">Names, or numbers where there is no header, or JSON fields.</param>
/// <param name="header">Whether separated values have one.</param>
/// <param name="inflated">Inflates compressed files.</param>
internal sealed class TableReader(string[] columns, bool header, InflatedFiles inflated)
{
    /// <summary>Endings of the files that can be read.</summary>
    public static readonly string[] Endings = [".csv", ".tsv", ".jsonl", ".ndjson"];

    /// <summary>The rows of a file in its order.</summary>
    /// <exception cref="DataException">The file is malformed or lacks a column.</exception>
    public List<TableRow> Read(string file)
    {
        string ending = FileSelection.Ending(file);
        string content = inflated.Content(file);
        return ending switch
        {
            ".csv" => ReadSeparated(content, file, ",", CsvMode.RFC4180),
            ".tsv" => ReadSeparated(content, file, "\t", CsvMode.NoEscape),
            ".jsonl" or ".ndjson" => ReadJson(content, file),
            _ => throw new DataException($"{file}: '{ending}' does not say what the file is. Rename it so that it ends in {string.Join(", ", Endings)}, or one of them and .gz."),
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
        // Refuses what is not UTF-8, with its place, before the parser would replace it.
        LineScanner.Scan(content, file, _ => { });
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = separator,
            Mode = mode,
            BadDataFound = bad => throw new DataException($"{file}:{bad.Context.Parser?.RawRow}: a quote stands inside a cell that is not quoted. Quote the cell and double the quote, or use a .tsv file, which has no quotes."),
        };
        using var reader = new StreamReader(content, Encoding.UTF8);
        using var parser = new CsvParser(reader, configuration);
        var rows = new List<TableRow>();
        int[]? positions = header ? null : [.. columns.Select(Number)];
        while (parser.Read())
        {
            string[] record = parser.Record!;
            string place = $"{file}:{parser.RawRow}";
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

    private static int Find(string column, string[] names, string place)
    {
        int position = Array.IndexOf(names, column);
        return position >= 0 ? position : throw new DataException(
            $"{place}: there is no column '{column}'. The first row has: {string.Join(", ", names)}. Name one of its columns in the recipe; if that row is data already, set 'header' to false.");
    }

    private static int Number(string column) =>
        int.TryParse(column, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1
            ? number - 1
            : throw new DataException($"'{column}' names a column, but 'header' is false. Name columns by their number, counted from 1.");
}
