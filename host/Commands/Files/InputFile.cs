using System.Globalization;
using System.Text;
using System.Text.Json;
using CsvHelper;
using CsvHelper.Configuration;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands.Files;

/// <summary>
/// Reads inputs from files: a column of CSV or TSV, a field of JSON Lines, or the lines of a text file; or from standard input.
/// </summary>
/// <param name="field">The column or field; null for <paramref name="usual"/> or, failing that, the only one.</param>
/// <param name="usual">The default column or field.</param>
internal sealed class InputFile(string? field, string usual)
{
    /// <summary>The name of standard input.</summary>
    public const string StandardInput = "-";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly string[] Separators = [",", ";", "\t"];

    /// <summary>Reads the inputs of a file in order; empty lines of text files are skipped.</summary>
    /// <param name="path">The file, or <see cref="StandardInput"/>, which has lines, or JSON Lines if a field is named.</param>
    /// <exception cref="OptionsException">The file does not exist, is empty, or has no such column or field.</exception>
    /// <exception cref="DataException">A row cannot be read.</exception>
    public IReadOnlyList<string> Read(string path)
    {
        if (path != StandardInput && !File.Exists(path))
            throw new OptionsException($"The input file '{path}' does not exist. Name a .csv, .tsv, .jsonl or text file, or - for standard input.");
        using TextReader reader = path == StandardInput ? System.Console.In : new StreamReader(path, Strict);
        string name = path == StandardInput ? "standard input" : path;
        try
        {
            List<string> inputs = Path.GetExtension(path).ToLowerInvariant() switch
            {
                ".csv" => Table(reader, name, delimiter: null),
                ".tsv" => Table(reader, name, delimiter: "\t"),
                ".jsonl" or ".ndjson" => JsonLines(reader, name),
                _ when path == StandardInput && field is not null => JsonLines(reader, name),
                _ => [.. Lines(reader).Select(line => line.Text)],
            };
            return inputs.Count > 0 ? inputs : throw new OptionsException($"The input '{name}' is empty. Write one input per line or row.");
        }
        catch (DecoderFallbackException cause)
        {
            throw new DataException($"{name}: the file is not valid UTF-8. Convert it from its encoding: iconv -f WINDOWS-1252 -t UTF-8.", cause);
        }
    }

    private static IEnumerable<(string Text, int Number)> Lines(TextReader reader)
    {
        for (int number = 1; reader.ReadLine() is { } line; number++)
        {
            if (line.Length > 0)
                yield return (line, number);
        }
    }

    private List<string> JsonLines(TextReader reader, string name)
    {
        var inputs = new List<string>();
        foreach ((string line, int number) in Lines(reader).Where(line => !string.IsNullOrWhiteSpace(line.Text)))
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(line);
                inputs.Add(Value(document.RootElement, $"{name}:{number}"));
            }
            catch (Exception cause) when (cause is JsonException or InvalidOperationException)
            {
                throw new DataException($"{name}:{number}: the line is not valid JSON: {cause.Message} Each line must be one JSON object, or a string.", cause);
            }
        }

        return inputs;
    }

    private string Value(JsonElement line, string place)
    {
        if (line.ValueKind == JsonValueKind.String && field is null)
            return line.GetString()!;
        if (line.ValueKind != JsonValueKind.Object)
            throw new DataException($"{place}: the line is not a JSON object with the field '{field ?? usual}'.");
        string[] names = [.. line.EnumerateObject().Select(property => property.Name)];
        JsonElement value = line.GetProperty(names[Find(names, place)]);
        return value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
    }

    private List<string> Table(TextReader reader, string name, string? delimiter)
    {
        string? first = reader.ReadLine();
        if (first is null)
            return [];
        delimiter ??= Separators.FirstOrDefault(separator => first.Contains(separator, StringComparison.Ordinal)) ?? Separators[0];
        bool fault = false;
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = delimiter,
            Mode = delimiter == "\t" ? CsvMode.NoEscape : CsvMode.RFC4180,
            BadDataFound = _ => fault = true,
        };
        using var whole = new StringReader($"{first}\n{reader.ReadToEnd()}");
        using var parser = new CsvParser(whole, configuration);
        var inputs = new List<string>();
        int? column = null;
        int width = 0;
        while (parser.Read())
        {
            string[] cells = parser.Record!;
            string place = $"{name}:{parser.RawRow}";
            if (fault)
                throw new DataException($"{place}: the row is quoted incorrectly. Quote complete cells, and double each quote that is part of the text.");
            width = width == 0 ? cells.Length : width;
            if (column is not { } position)
                column = Find(cells, place);
            else if (cells.Length > width || position >= cells.Length)
                throw new DataException($"{place}: the row has {cells.Length} cells, but the first row has {width}. Quote a cell that contains '{delimiter}', or complete the row.");
            else
                inputs.Add(cells[position]);
        }

        return inputs;
    }

    private int Find(string[] names, string place)
    {
        int position = Array.IndexOf(names, field ?? usual);
        if (position < 0 && field is null && names.Length == 1)
            position = 0;
        return position >= 0 ? position : throw new OptionsException(
            $"{place}: there is no column or field '{field ?? usual}'. The file has: {string.Join(", ", names)}. Name one with --field.");
    }
}
