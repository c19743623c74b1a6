using System.Text.Json;

namespace Tenon.Text.Files;

/// <summary>Reads a string, or a list of strings, from a JSON object by a path of names.</summary>
/// <param name="path">Names separated by dots.</param>
/// <param name="scalar">Whether to also accept a number, true or false, as written.</param>
internal sealed class JsonField(string path, bool scalar = false)
{
    private readonly string[] _names = path.Split('.');

    /// <summary>Reads a string.</summary>
    /// <param name="line">One JSON object in UTF-8.</param>
    /// <param name="location">File and line, for errors.</param>
    /// <exception cref="DataException">The line is malformed or does not have the string.</exception>
    public string Read(ReadOnlySpan<byte> line, Func<string> location) =>
        Read<string>(line, location, element => Text(element, location, "the field"));

    /// <summary>Reads a list of strings.</summary>
    /// <param name="line">One JSON object in UTF-8.</param>
    /// <param name="location">File and line, for errors.</param>
    /// <exception cref="DataException">The line is malformed or does not have the list.</exception>
    public string[] ReadList(ReadOnlySpan<byte> line, Func<string> location) =>
        Read<string[]>(line, location, element => element.ValueKind == JsonValueKind.Array
        ? [.. element.EnumerateArray().Select(item => Text(item, location, "an item of the field"))]
        : throw new DataException($"{location()}: the field '{path}' is {Kind(element)}; it must be a list."));

    private T Read<T>(ReadOnlySpan<byte> line, Func<string> location, Func<JsonElement, T> value)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            if (!IsBlankFrom(line, reader.BytesConsumed))
                throw new DataException(
                    $"{location()}: unexpected content after the JSON object, at byte {reader.BytesConsumed} of the line. JSON Lines " +
                    "has one object per line.");
            if (JsonText.Fault(line[..(int)reader.BytesConsumed], out _) is { } fault)
                throw new DataException($"{location()}: {fault}");
            return value(Find(document.RootElement, location));
        }
        catch (JsonException e)
        {
            throw new DataException($"{location()}: the line is not valid JSON: {e.Message} Each line must be one JSON object.", e);
        }
    }

    private string Text(JsonElement element, Func<string> location, string what) => element.ValueKind switch
    {
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False when scalar => element.GetRawText(),
        JsonValueKind.String => element.GetString()!,
        _ => throw new DataException(
            $"{location()}: {what} '{path}' is {Kind(element)}; it must be a string{(scalar ? " or a number" : "")}."),
    };

    private JsonElement Find(JsonElement element, Func<string> location)
    {
        for (int depth = 0; depth < _names.Length; depth++)
        {
            string where = depth == 0 ? "the line" : $"the field '{string.Join('.', _names[..depth])}'";
            if (element.ValueKind != JsonValueKind.Object)
                throw new DataException(
                    $"{location()}: {where} is {Kind(element)}; it must be a JSON object with the field '{_names[depth]}'.");
            if (!element.TryGetProperty(_names[depth], out JsonElement inner))
            {
                string found = string.Join(", ", element.EnumerateObject().Select(property => property.Name));
                throw new DataException($"{location()}: {where} has no field '{_names[depth]}'. It has: " +
                    $"{(found.Length > 0 ? found : "none")}. Use one of its fields in the recipe.");
            }

            element = inner;
        }

        return element;
    }

    private static bool IsBlankFrom(ReadOnlySpan<byte> line, long start) => LineScanner.IsBlank(line[(int)start..]);

    private static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };
}
