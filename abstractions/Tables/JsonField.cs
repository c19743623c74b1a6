using System.Text.Json;

namespace Tenon;

/// <summary>Reads a string or a list of strings from a field of a JSON object, which may be nested.</summary>
/// <param name="path">Name of the field; dots separate the names of nested fields.</param>
/// <param name="scalar">Whether to also accept numbers, true and false, as they are written in the file.</param>
/// <param name="takesOnly">
/// Whether to accept an object's only field regardless of its name, and a line that is itself a string.
/// </param>
public sealed class JsonField(string path, bool scalar = false, bool takesOnly = false)
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
        using JsonDocument document = JsonLine.Parse(line, location);
        return value(Only(document.RootElement) ?? Find(document.RootElement, location));
    }

    private JsonElement? Only(JsonElement line)
    {
        if (!takesOnly)
            return null;
        if (line.ValueKind == JsonValueKind.String)
            return line;
        return line.ValueKind == JsonValueKind.Object && line.EnumerateObject().Take(2).ToArray() is [var only] ? only.Value : null;
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
                throw new DataException($"{location()}: {where} is {Kind(element)}; it must be a JSON object with the field " +
                    $"'{_names[depth]}'.");
            if (JsonLine.Field(element, _names[depth], () => $"{location()}: {where}") is not { } inner)
            {
                string found = string.Join(", ", element.EnumerateObject().Select(property => property.Name));
                throw new DataException($"{location()}: {where} has no field '{_names[depth]}'. It has: " +
                    $"{(found.Length > 0 ? found : "none")}. Use one of its fields.");
            }

            element = inner;
        }

        return element;
    }

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
