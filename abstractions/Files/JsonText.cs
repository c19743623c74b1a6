using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Tenon;

/// <summary>
/// Checks the strings of JSON documents. Bytes that are not UTF-8, and an escape such as <c>\ud83d</c> that is only half of a
/// character, are not valid text: .NET's readers accept them and fail when the string is read.
/// </summary>
public static class JsonText
{
    private const int Shown = 40;

    /// <summary>Describes the first name or string that is not valid text.</summary>
    /// <param name="json">JSON in UTF-8; comments and trailing commas are allowed.</param>
    /// <param name="line">The line of the fault, counted from 1.</param>
    /// <returns>A sentence; null if all texts are valid.</returns>
    /// <exception cref="JsonException">The input is not JSON.</exception>
    public static string? Fault(ReadOnlySpan<byte> json, out int line)
    {
        line = 1;
        var reader = new Utf8JsonReader(json,
            new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || Fault(ref reader) is not { } fault)
                continue;
            line += json[..(int)reader.TokenStartIndex].Count((byte)'\n');
            return fault;
        }

        return null;
    }

    /// <summary>Describes what is wrong with the string at a reader's position.</summary>
    /// <param name="reader">Positioned at a name or a string.</param>
    /// <returns>A sentence; null if the text is valid.</returns>
    public static string? Fault(ref Utf8JsonReader reader)
    {
        if (!Utf8.IsValid(reader.ValueSpan))
            return $"\"{Shortened(reader.ValueSpan)}\" is not valid text: it is not UTF-8. Save the file as UTF-8.";
        if (!reader.ValueIsEscaped)
            return null;
        try
        {
            reader.GetString();
            return null;
        }
        catch (InvalidOperationException)
        {
            return $"\"{Shortened(reader.ValueSpan)}\" is not valid text: it contains a lone surrogate, half of a character. Complete or remove the escape.";
        }
    }

    private static string Shortened(ReadOnlySpan<byte> value)
    {
        string raw = Encoding.UTF8.GetString(value);
        return raw.Length > Shown ? $"{raw[..Shown]}…" : raw;
    }
}
