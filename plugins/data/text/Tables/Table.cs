using System.Globalization;
using Tenon.Text.Files;

namespace Tenon.Text.Tables;

/// <summary>The rows of all files of a data set, in memory: labelled texts are written by hand, so there are not many.</summary>
internal sealed record Table(IReadOnlyList<TableRow> Train, IReadOnlyList<TableRow>? Validation, string Summary, string Fingerprint)
{
    /// <summary>Notes about the files for the user.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    /// <summary>Reads the files that the options select.</summary>
    /// <param name="options">Files and format.</param>
    /// <param name="columns">The columns of the cells.</param>
    /// <param name="cache">Holds decompressed files.</param>
    /// <param name="context">Base folder, and a receiver of rows that cannot be used.</param>
    /// <param name="other">
    /// Reads files that do not contain tables of texts, and returns null for tables. Null if all files are tables.
    /// </param>
    /// <exception cref="DataException">A file is missing, empty or malformed.</exception>
    public static Table Open(
        TableOptions options, string[] columns, CacheFolder cache, DataContext context,
        Func<string, InflatedFiles, Action<DataException>, IReadOnlyList<TableRow>?>? other = null)
    {
        var usable = new UsableRows("rows", context.Reject);
        var inflated = new InflatedFiles(cache, context.Status);
        var format = new TableFormat(columns) { Header = options.Header, Delimiter = options.Delimiter?[0] };
        var reader = new TableReader(format, usable.Reject);
        IReadOnlyList<SelectedFile> train =
            FileSelection.Select("files", options.Files ?? [], context.BaseDirectory, TableReader.Extensions);
        IReadOnlyList<SelectedFile> validation =
            FileSelection.Select("validation", options.Validation ?? [], context.BaseDirectory, TableReader.Extensions);
        FileSelection.RejectShared(train, validation);
        List<TableRow> trainRows = usable.Read(train, Read);
        List<TableRow>? validationRows = validation.Count > 0 ? usable.Read(validation, Read) : null;
        string summary = $"{Count(train.Count, "file")}, {Count(trainRows.Count, "row")}";
        if (validationRows is not null)
            summary += $"; for validation {Count(validation.Count, "file")}, {Count(validationRows.Count, "row")}";
        string[] parts =
        [
            "table/4", $"{options.Header}", options.Delimiter ?? "", .. columns,
            "files", .. train.Select(file => CacheFolder.Describe(file.Path)),
            "validation", .. validation.Select(file => CacheFolder.Describe(file.Path)),
        ];
        return new Table(trainRows, validationRows, summary, CacheFolder.Fingerprint(parts))
        {
            Notes = [.. FileCopies.Notes(train, validation), .. reader.Notes],
        };

        IReadOnlyList<TableRow> Read(string file)
        {
            TableSyntax syntax = TableReader.SyntaxOf(file) ?? throw new DataException(
                $"{file}: unknown extension '{FileSelection.Extension(file)}'. Rename the file to end in " +
                $"{string.Join(", ", TableReader.Extensions)}, optionally followed by .gz.");
            if (other?.Invoke(file, inflated, usable.Reject) is { } rows)
                return rows;
            string content = inflated.Content(file);
            return reader.Read(() => File.OpenRead(content), file, syntax);
        }
    }

    /// <summary>Returns the table without the rows whose label is empty, and the classes of the others.</summary>
    /// <param name="column">The column of the label.</param>
    /// <param name="reject">Receives rows without a label.</param>
    public (Table Table, LabelSet Labels) Labelled(int column, Action<DataException> reject)
    {
        Table table = Filled(column, "label", reject);
        return (table, new LabelSet(table.Train.Concat(table.Validation ?? []).Select(row => row.Cells[column])));
    }

    /// <summary>Returns the table without the rows that have an empty cell in a column.</summary>
    /// <param name="column">The column.</param>
    /// <param name="name">Noun for its cells in messages, such as <c>label</c>.</param>
    /// <param name="reject">Receives the rows with an empty cell.</param>
    public Table Filled(int column, string name, Action<DataException> reject)
    {
        return this with { Train = Rows(Train), Validation = Validation is null ? null : Rows(Validation) };

        TableRow[] Rows(IReadOnlyList<TableRow> rows) => [.. rows.Where(row =>
        {
            bool has = LabelSet.Clean(row.Cells[column]).Length > 0;
            if (!has)
                reject(new DataException($"{row.Location}: the {name} is empty. Fill it in or remove the row."));
            return has;
        })];
    }

    /// <summary>Creates a data set of the rows.</summary>
    /// <param name="labels">The classes, or null for none.</param>
    /// <param name="example">Converts cells to an example.</param>
    public IDataset<TExample> Dataset<TExample>(LabelSet? labels, Func<IReadOnlyList<string>, TExample> example) where TExample : Example
    {
        string classes = labels is null ? "" : $", {Count(labels.Names.Count, "label")}";
        return new InMemoryDataset<TExample>(
            new DataFacts
            {
                Labels = labels?.Names ?? [],
                Summary = Summary + classes,
                Notes = [.. Notes, .. labels?.Similar ?? [], .. labels?.NothingToLearn ?? []],
                Fingerprint = Fingerprint,
            },
            Located(Train),
            Validation is null ? null : Located(Validation));

        Located<TExample>[] Located(IReadOnlyList<TableRow> rows) =>
            [.. rows.Select(row => new Located<TExample>(example(row.Cells), row.Location))];
    }

    /// <summary>Formats a number with a noun, in the plural unless it is 1.</summary>
    public static string Count(int count, string noun) =>
        $"{count.ToString("N0", CultureInfo.InvariantCulture)} {noun}{(count == 1 ? "" : "s")}";
}
