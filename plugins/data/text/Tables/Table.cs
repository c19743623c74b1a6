using System.Globalization;
using Tenon.Text.Files;

namespace Tenon.Text.Tables;

/// <summary>The rows of all files of a data set, in memory: labelled texts are written by hand, so there are not many.</summary>
internal sealed record Table(IReadOnlyList<TableRow> Train, IReadOnlyList<TableRow>? Validation, string Summary, string Fingerprint)
{
    /// <summary>Reads the files that the options name.</summary>
    /// <exception cref="DataException">A file is missing, empty or malformed.</exception>
    public static Table Open(TableOptions options, string[] columns, CacheFolder cache, DataContext context)
    {
        var reader = new TableReader(columns, options.Header, options.Delimiter, new InflatedFiles(cache, context.Status));
        IReadOnlyList<SelectedFile> train = FileSelection.Select("files", options.Files ?? [], context.BaseDirectory, TableReader.Endings);
        IReadOnlyList<SelectedFile> validation = FileSelection.Select("validation", options.Validation ?? [], context.BaseDirectory, TableReader.Endings);
        FileSelection.RefuseShared(train, validation);
        List<TableRow> trainRows = Read(reader, train);
        List<TableRow>? validationRows = validation.Count > 0 ? Read(reader, validation) : null;
        string summary = $"{Count(train.Count, "file")}, {Count(trainRows.Count, "row")}";
        if (validationRows is not null)
            summary += $"; for validation {Count(validation.Count, "file")}, {Count(validationRows.Count, "row")}";
        string[] parts = ["table/2", $"{options.Header}", options.Delimiter ?? "", .. columns, "files", .. train.Select(file => CacheFolder.Describe(file.Path)),
            "validation", .. validation.Select(file => CacheFolder.Describe(file.Path))];
        return new Table(trainRows, validationRows, summary, CacheFolder.Fingerprint(parts));
    }

    /// <summary>
    /// The distinct labels in a column, of both parts: in numerical order if all are whole numbers, otherwise in ordinal
    /// order.
    /// </summary>
    public string[] Labels(int column)
    {
        return InOrder(Train.Concat(Validation ?? []).Select(row => row.Cells[column].Length > 0
            ? row.Cells[column]
            : throw new DataException($"{row.Place}: the label is empty. Fill it in or remove the row.")));
    }

    /// <summary>Distinct labels: in numerical order if all are whole numbers, otherwise in ordinal order.</summary>
    public static string[] InOrder(IEnumerable<string> labels)
    {
        HashSet<string> distinct = [.. labels];
        return distinct.All(label => long.TryParse(label, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            ? [.. distinct.OrderBy(label => long.Parse(label, CultureInfo.InvariantCulture)).ThenBy(label => label, StringComparer.Ordinal)]
            : [.. distinct.Order(StringComparer.Ordinal)];
    }

    /// <summary>A data set of the rows.</summary>
    /// <param name="labels">Names of the classes.</param>
    /// <param name="example">Converts cells to an example.</param>
    public IDataset<TExample> Dataset<TExample>(string[] labels, Func<string[], TExample> example) where TExample : Example
    {
        string classes = labels.Length == 0 ? "" : $", {Count(labels.Length, "label")}";
        return new InMemoryDataset<TExample>(
            new DataFacts { Labels = labels, Summary = Summary + classes, Fingerprint = Fingerprint },
            [.. Train.Select(row => example(row.Cells))],
            Validation is null ? null : [.. Validation.Select(row => example(row.Cells))]);
    }

    private static List<TableRow> Read(TableReader reader, IReadOnlyList<SelectedFile> files)
    {
        var rows = new List<TableRow>();
        foreach (SelectedFile file in files)
        {
            int before = rows.Count;
            rows.AddRange(reader.Read(file.Path));
            if (rows.Count == before)
                throw new DataException($"'{file.Path}' has no rows ({new FileInfo(file.Path).Length} bytes). Leave it out, or add rows to it.");
        }

        return rows;
    }

    /// <summary>A number with a noun, in the plural unless it is 1.</summary>
    public static string Count(int count, string noun) => $"{count.ToString("N0", CultureInfo.InvariantCulture)} {noun}{(count == 1 ? "" : "s")}";
}
