using System.Text.Json;

namespace Tenon;

/// <summary>Parses lines of JSON Lines.</summary>
public static class JsonLine
{
    /// <summary>Parses a line. The caller disposes the result.</summary>
    /// <param name="line">One JSON value in UTF-8.</param>
    /// <param name="place">File and line, for errors.</param>
    /// <exception cref="DataException">The line is not one JSON value, or has a text that is none.</exception>
    public static JsonDocument Parse(ReadOnlySpan<byte> line, Func<string> place)
    {
        ArgumentNullException.ThrowIfNull(place);
        JsonDocument? document = null;
        try
        {
            var reader = new Utf8JsonReader(line);
            document = JsonDocument.ParseValue(ref reader);
            ReadOnlySpan<byte> rest = line[(int)reader.BytesConsumed..];
            string? fault = LineReader.AreBlank(rest)
                ? JsonText.Fault(line[..(int)reader.BytesConsumed], out _)
                : $"unexpected content after the JSON object, at byte {reader.BytesConsumed} of the line. JSON Lines has one object per line{(rest.Trim(" \t"u8).SequenceEqual(","u8) ? ", and no comma after it" : "")}.";
            return fault is null ? document : throw new DataException($"{place()}: {fault}");
        }
        catch (JsonException e)
        {
            string advice = line.TrimStart(" \t"u8).StartsWith((byte)'[')
                ? "The file seems to be a JSON array; JSON Lines has one object per line. Convert it: jq -c '.[]'."
                : "Each line must be one JSON object.";
            throw new DataException($"{place()}: the line is not valid JSON: {e.Message} {advice}", e);
        }
        catch (DataException)
        {
            document?.Dispose();
            throw;
        }
    }
}
