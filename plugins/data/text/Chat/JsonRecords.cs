using System.Text.Json;
using Tenon.Text.Files;

namespace Tenon.Text.Chat;

/// <summary>Reads the objects of JSON Lines, or of a JSON list, with the lines at which they start.</summary>
/// <param name="inflated">Decompresses files.</param>
/// <param name="reject">Receives objects that cannot be used.</param>
internal sealed class JsonRecords(InflatedFiles inflated, Action<DataException> reject)
{
    /// <summary>Extensions of supported files.</summary>
    public static readonly string[] Extensions = [".jsonl", ".ndjson", ".json"];

    /// <summary>Converts the objects of a file in order; those that fail are rejected.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="convert">Converts an object; receives its file and line for errors.</param>
    /// <exception cref="DataException">The file has another extension, or is not a JSON list.</exception>
    public List<Located<TExample>> Read<TExample>(string file, Func<JsonElement, string, TExample> convert) where TExample : Example
    {
        var examples = new List<Located<TExample>>();
        switch (FileSelection.Extension(file))
        {
            case ".jsonl" or ".ndjson":
                ReadLines(file, Add);
                break;
            case ".json":
                ReadList(file, Add);
                break;
            default:
                throw new DataException(
                    $"{file}: '{FileSelection.Extension(file)}' is not an extension of JSON Lines or JSON. Rename the file to end in " +
                    $"{string.Join(", ", Extensions)}, optionally followed by .gz.");
        }

        return examples;

        void Add(ReadOnlySpan<byte> json, long line)
        {
            string location = $"{file}:{line}";
            try
            {
                using JsonDocument document = JsonLine.Parse(json, () => location);
                if (document.RootElement.ValueKind != JsonValueKind.Object)
                    throw new DataException($"{location}: not a JSON object. Each conversation must be an object with fields.");
                examples.Add(new Located<TExample>(convert(document.RootElement, location), location));
            }
            catch (DataException fault)
            {
                reject(fault);
            }
        }
    }

    private void ReadLines(string file, Taker add)
    {
        using LineReader lines = LineReader.Open(inflated.Content(file), file);
        while (lines.Read())
        {
            if (!lines.IsBlank)
                add(lines.Bytes, lines.Number);
        }
    }

    private void ReadList(string file, Taker add)
    {
        ReadOnlySpan<byte> json = JsonContent.Read(inflated, file).Span;
        if (JsonContent.IsBlank(json))
            return;
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartArray)
                throw new DataException(
                    $"{file}: the file is not a JSON list. Use a list of objects, or JSON Lines in a file that ends in .jsonl.");
            long line = 1;
            int counted = 0;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                int start = (int)reader.TokenStartIndex;
                line += json[counted..start].Count((byte)'\n');
                counted = start;
                reader.Skip();
                add(json[start..(int)reader.BytesConsumed], line);
            }

            reader.Read(); // nothing may follow the list
        }
        catch (JsonException fault)
        {
            throw JsonContent.Invalid(file, fault);
        }
    }

    private delegate void Taker(ReadOnlySpan<byte> json, long line);
}
