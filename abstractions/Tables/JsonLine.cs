using System.Text.Json;

namespace Tenon;

/// <summary>Parses lines of JSON Lines.</summary>
public static class JsonLine
{
    /// <summary>Parses a line. The caller disposes the result.</summary>
    /// <param name="line">One JSON value in UTF-8.</param>
    /// <param name="location">File and line, for errors.</param>
    /// <exception cref="DataException">The line is not a single JSON value, or contains a string that is not valid text.</exception>
    public static JsonDocument Parse(ReadOnlySpan<byte> line, Func<string> location)
    {
        ArgumentNullException.ThrowIfNull(location);
        JsonDocument? document = null;
        try
        {
            var reader = new Utf8JsonReader(line);
            document = JsonDocument.ParseValue(ref reader);
            ReadOnlySpan<byte> rest = line[(int)reader.BytesConsumed..];
            string? fault = LineReader.AreBlank(rest)
                ? JsonText.Fault(line[..(int)reader.BytesConsumed], out _)
                : $"unexpected content after the JSON object, at byte {reader.BytesConsumed} of the line. JSON Lines has one object per " +
                    $"line{(rest.Trim(" \t"u8).SequenceEqual(","u8) ? ", and no comma after it" : "")}.";
            return fault is null ? document : throw new DataException($"{location()}: {fault}");
        }
        catch (JsonException e)
        {
            string advice = line.TrimStart(" \t"u8).StartsWith((byte)'[')
                ? "The file seems to be a JSON array; JSON Lines has one object per line. Convert it: jq -c '.[]'."
                : "Each line must be one JSON object.";
            // System.Text.Json appends a line number that is relative to this line.
            string reason = e.Message.Split(" LineNumber:")[0].TrimEnd('.');
            throw new DataException($"{location()}: the line is not valid JSON, at byte {e.BytePositionInLine}: {reason}. {advice}", e);
        }
        catch (DataException)
        {
            document?.Dispose();
            throw;
        }
    }

    /// <summary>Returns a field of an object, or null if the object has no field with this name.</summary>
    /// <param name="element">An object.</param>
    /// <param name="name">Name of the field.</param>
    /// <param name="location">Start of an error message about the object, such as <c>data.jsonl:3: the line</c>.</param>
    /// <exception cref="DataException">The object has two fields with this name.</exception>
    public static JsonElement? Field(JsonElement element, string name, Func<string> location)
    {
        ArgumentNullException.ThrowIfNull(location);
        JsonElement[] found =
            [.. element.EnumerateObject().Where(property => property.NameEquals(name)).Take(2).Select(property => property.Value)];
        return found.Length < 2 ? found.Length == 0
            ? null : found[0] : throw new DataException($"{location()} has the field '{name}' twice. Remove one of them.");
    }
}
