using System.Text;
using System.Text.Json;

namespace Tenon;

/// <summary>
/// Checks the texts of JSON. An escape such as <c>\ud83d</c> that is half of a character is valid JSON and not a text: .NET's readers
/// accept it and fail when the text is read.
/// </summary>
public static class JsonText
{
    private const int Shown = 40;

    /// <summary>The first name or text that is not valid text.</summary>
    /// <param name="json">JSON in UTF-8; comments and trailing commas are allowed.</param>
    /// <param name="line">Its line, from 1.</param>
    /// <returns>A sentence; null if all texts are valid.</returns>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static string? Fault(ReadOnlySpan<byte> json, out int line)
    {
        line = 1;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || Fault(ref reader) is not { } fault)
                continue;
            line += json[..(int)reader.TokenStartIndex].Count((byte)'\n');
            return fault;
        }

        return null;
    }

    /// <summary>What is wrong with the text that a reader is at.</summary>
    /// <param name="reader">At a name or a text.</param>
    /// <returns>A sentence; null if the text is valid.</returns>
    public static string? Fault(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
            return null;
        try
        {
            reader.GetString();
            return null;
        }
        catch (InvalidOperationException)
        {
            string raw = Encoding.UTF8.GetString(reader.ValueSpan);
            string shown = raw.Length > Shown ? $"{raw[..Shown]}…" : raw;
            return $"\"{shown}\" is not valid text: it contains a lone surrogate, half of a character. Complete or remove the escape.";
        }
    }
}
