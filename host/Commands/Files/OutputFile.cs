using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsvHelper;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands.Files;

/// <summary>Writes results in the order of the inputs, one by one: JSON Lines, or CSV or TSV with a column per value.</summary>
internal sealed class OutputFile : IDisposable
{
    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly StreamWriter _file;
    private readonly CsvWriter? _table;
    private string[]? _header;

    // The partial file is renamed when it is complete.
    private OutputFile(string path, string partial)
    {
        string ending = Path.GetExtension(path).ToLowerInvariant();
        _file = new StreamWriter(partial);
        if (ending is ".csv" or ".tsv")
        {
            _table = new CsvWriter(_file, new CsvHelper.Configuration.CsvConfiguration(CultureInfo.InvariantCulture)
            {
                Delimiter = ending == ".tsv" ? "\t" : ",",
                NewLine = "\n",
            });
        }
    }

    /// <summary>Checks the extension of a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="OptionsException">It is not supported.</exception>
    public static void Check(string path)
    {
        if (Path.GetExtension(path).ToLowerInvariant() is not (".jsonl" or ".ndjson" or ".csv" or ".tsv"))
            throw new OptionsException($"--output takes a file that ends in .jsonl, .ndjson, .csv or .tsv; found '{path}'.");
        CheckFolder(path);
    }

    /// <summary>Checks that the folder of a file exists.</summary>
    /// <param name="path">The file.</param>
    /// <param name="option">What names the file, for the message.</param>
    /// <exception cref="OptionsException">It does not.</exception>
    public static void CheckFolder(string path, string option = "--output")
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            throw new OptionsException($"The folder '{folder}' of {option} does not exist. Create it, or choose another one.");
    }

    /// <summary>Writes all results; if that fails, no file remains.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="results">
    /// Objects that serialize to JSON; in tables, each value is a column, and so is each item of a list.
    /// </param>
    /// <param name="row">
    /// Converts a result whose lists differ in length to a table row; null if results are written as they are.
    /// </param>
    /// <returns>Number of results.</returns>
    public static long Write<T>(string path, IEnumerable<T> results, Func<T, object>? row = null) where T : class
    {
        Check(path);
        long count = 0;
        Durable.Write(path, partial =>
        {
            using var file = new OutputFile(path, partial);
            foreach (T result in results)
            {
                file.Add(JsonSerializer.SerializeToNode(file._table is null || row is null ? result : row(result), Json)!.AsObject());
                count++;
            }
        });
        return count;
    }

    /// <summary>Formats a list for one cell of a table.</summary>
    /// <param name="items">Its items.</param>
    public static string Cell<T>(IEnumerable<T> items) => JsonSerializer.Serialize(items, Json);

    /// <inheritdoc/>
    public void Dispose()
    {
        _table?.Dispose();
        _file.Dispose();
    }

    private void Add(JsonObject result)
    {
        if (_table is null)
        {
            _file.WriteLine(result.ToJsonString(Json));
            return;
        }

        (string Name, string Value)[] cells = [.. result.SelectMany(member => Cells(member.Key, member.Value))];
        string[] names = [.. cells.Select(cell => cell.Name)];
        if (_header is null)
            Row(_header = names);
        else if (!_header.AsSpan().SequenceEqual(names))
            throw new InvalidOperationException($"A result has the columns {string.Join(", ", names)}, but the table has " +
                $"{string.Join(", ", _header)}.");
        Row(cells.Select(cell => cell.Value));
    }

    private void Row(IEnumerable<string> cells)
    {
        foreach (string cell in cells)
            _table!.WriteField(cell);
        _table!.NextRecord();
    }

    // The items of a list are numbered from 1.
    private static IEnumerable<(string Name, string Value)> Cells(string name, JsonNode? value) => value switch
    {
        JsonArray items => items.SelectMany((item, i) => item is JsonObject ? Cells($"{i + 1}", item) : Cells($"{name}_{i + 1}", item)),
        JsonObject members => members.SelectMany(member => Cells($"{member.Key}_{name}", member.Value)),
        null => [(name, "")],
        _ => [(name, value.ToString())],
    };
}
