using System.Text.Json;

namespace Tenon.Host.Plugins;

/// <summary>Strings in JSON files that are valid JSON but not text: half of a surrogate pair (<c>\ud83d</c> alone), or invalid UTF-8.</summary>
internal static class JsonStrings
{
    /// <summary>What is wrong, as a part of a sentence.</summary>
    public const string Error = "a string that is not text: half of a surrogate pair, such as \\ud83d alone, or invalid UTF-8. Write the whole character";

    /// <summary>The line of the first such string; null if there is none, or the JSON is broken before it.</summary>
    /// <param name="json">UTF-8, without a byte order mark.</param>
    public static int? Line(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && !IsText(ref reader))
                    return json[..(int)reader.TokenStartIndex].Count((byte)'\n') + 1;
            }
        }
        catch (JsonException)
        {
            // The reader of the file reports it.
        }

        return null;
    }

    private static bool IsText(ref Utf8JsonReader reader)
    {
        try
        {
            _ = reader.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
