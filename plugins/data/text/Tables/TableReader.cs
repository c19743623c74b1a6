using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using Tenon.Text.Files;

namespace Tenon.Text.Tables;

/// <summary>Reads the requested columns of tables: separated values and JSON Lines.</summary>
/// <param name="columns">Column names, numbers if there is no header, or JSON fields.</param>
/// <param name="header">Whether separated values have a header.</param>
/// <param name="delimiter">Character between cells of .csv files, or null to detect it.</param>
/// <param name="inflated">Decompresses files.</param>
/// <param name="reject">Receives rows that cannot be used.</param>
internal sealed class TableReader(string[] columns, bool header, string? delimiter, InflatedFiles inflated, Action<DataException> reject)
{
    /// <summary>Extensions of supported files.</summary>
    public static readonly string[] Extensions = [".csv", ".tsv", ".jsonl", ".ndjson"];

    private static readonly string[] Separators = [",", ";", "\t"];

    // Number of rows used to detect the separator of a file without a header.
    private const int DetectedRows = 100;

    /// <summary>The rows of a file in order, without those that are rejected.</summary>
    /// <exception cref="DataException">The file is malformed or a column is missing.</exception>
    public List<TableRow> Read(string file)
    {
        string extension = FileSelection.Extension(file);
        string content = inflated.Content(file);
        return extension switch
        {
            ".csv" => ReadSeparated(content, file, delimiter ?? Detect(content), CsvMode.RFC4180),
            ".tsv" => ReadSeparated(content, file, "\t", CsvMode.NoEscape),
            ".jsonl" or ".ndjson" => ReadJson(content, file),
            _ => throw new DataException(
                $"{file}: unknown extension '{extension}'. Rename the file to end in {string.Join(", ", Extensions)}, optionally " +
                "followed by .gz."),
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
            string location = $"{file}:{line.Number}";
            string[] cells = new string[fields.Length];
            try
            {
                for (int i = 0; i < cells.Length; i++)
                    cells[i] = fields[i].Read(line.Bytes, () => location);
            }
            catch (DataException fault)
            {
                reject(fault);
                return;
            }

            rows.Add(new TableRow(location, cells));
        });
        return rows;
    }

    private List<TableRow> ReadSeparated(string content, string file, string separator, CsvMode mode)
    {
        // Rejects invalid UTF-8 with its location, before the parser would replace it.
        LineScanner.Scan(content, file, _ => { });
        int line = 1; // of the row's start
        bool badQuote = false;
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = separator,
            Mode = mode,
            IgnoreBlankLines = false,
            BadDataFound = bad => badQuote = true,
        };
        using var reader = new StreamReader(content, Encoding.UTF8);
        using var parser = new CsvParser(reader, configuration);
        var rows = new List<TableRow>();
        int[]? positions = header ? null : [.. columns.Select(Number)];
        int width = 0;
        for (; parser.Read(); line += QuotedCells.LineEnds(parser.RawRecord))
        {
            string[] record = parser.Record!; // reading the cells finds wrong quotes
            bool wrong = badQuote;
            badQuote = false;
            if (wrong)
            {
                string quote = QuotedCells.Fault(parser.RawRecord, separator[0], file, line);
                if (positions is null)
                    throw new DataException(quote); // the names of the columns
                Reject(quote, parser.RawRecord, line);
                continue;
            }

            if (record is [] or [""])
                continue;
            string location = $"{file}:{line}";
            width = width == 0 ? record.Length : width;
            if (positions is null)
                positions = [.. columns.Select(column => Find(column, record, location))];
            else if (Fault(record, width, positions, separator) is { } reason)
                Reject(QuotedCells.Location(parser.RawRecord, separator[0], file, line) + reason, parser.RawRecord, line);
            else
                rows.Add(new TableRow(location, [.. positions.Select(position => record[position])]));
        }

        return rows;
    }

    // A malformed row of several lines may be caused by a stray quote whose cell swallowed other rows, so it is never skipped
    // as one row.
    private void Reject(string fault, string row, int line)
    {
        int more = QuotedCells.LineEnds(row.AsSpan().TrimEnd("\r\n"));
        if (more > 0)
            throw new DataException($"{fault} 'onError' cannot skip it, because lines {line} to {line + more} would be skipped with it.");
        reject(new DataException(fault));
    }

    // Why a row cannot be used; null if it can.
    private string? Fault(string[] record, int width, int[] positions, string separator)
    {
        if (record.AsSpan(Math.Min(width, record.Length)).ContainsAnyExcept(""))
            return $"the row has {record.Length} cells, but the first row has {width}. Quote a cell that contains '{separator}', or " +
                "remove the extra cells.";
        int missing = Array.FindIndex(positions, position => position >= record.Length);
        return missing < 0
            ? null
            : $"the row has {record.Length} {(record.Length == 1 ? "column" : "columns")}; '{columns[missing]}' is column " +
                $"{positions[missing] + 1}. Add the cell or remove the row.";
    }

    // The separator with which the first line has the requested columns; without a header, the separator with which the largest
    // number of the first rows have equally many cells: enough for the columns, or else at least two.
    private string Detect(string content)
    {
        if (!header)
        {
            int needed = Math.Max(2, columns.Max(Number) + 1);
            return Separators.Select(separator => (Separator: separator, Widths: Widths(content, separator)))
                .MaxBy(each => (CountConsistent(each.Widths, needed), CountConsistent(each.Widths, 2))).Separator;
        }

        using var reader = new StreamReader(content, Encoding.UTF8);
        string first = reader.ReadLine() ?? "";
        return Separators.FirstOrDefault(separator =>
            columns.All(column => first.Split(separator).Select(name => name.Trim('"')).Contains(column, StringComparer.Ordinal)))
            ?? Separators[0];
    }

    // Number of cells of the first rows.
    private static List<int> Widths(string content, string separator)
    {
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture) { Delimiter = separator, BadDataFound = null };
        using var reader = new StreamReader(content, Encoding.UTF8);
        using var parser = new CsvParser(reader, configuration);
        var widths = new List<int>();
        while (widths.Count < DetectedRows && parser.Read())
            widths.Add(parser.Count);
        return widths;
    }

    // Number of rows that have the most frequent sufficient number of cells.
    private static int CountConsistent(List<int> widths, int least) =>
        widths.Where(width => width >= least).CountBy(width => width).Select(pair => pair.Value).DefaultIfEmpty().Max();

    private static int Find(string column, string[] names, string location)
    {
        int position = Array.IndexOf(names, column);
        return position >= 0 ? position : throw new DataException(
            $"{location}: there is no column '{column}'. The first row has: {string.Join(", ", names)}. Use one of these columns; if " +
            "the first row is already data, set 'header' to false.");
    }

    private static int Number(string column) =>
        int.TryParse(column, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1
            ? number - 1
            : throw new DataException($"'{column}' is a column name, but 'header' is false. Use column numbers, from 1.");
}
