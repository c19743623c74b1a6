using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace Tenon.Server.Http;

/// <summary>
/// The JSON object of a request. Each method reads a field and refuses a value that is not allowed; null is the same as no field.
/// Fields that nothing reads are accepted.
/// </summary>
internal sealed class RequestBody : IDisposable
{
    private const int Shown = 60;
    private readonly JsonDocument _document;

    private RequestBody(JsonDocument document) => _document = document;

    /// <summary>Reads the body of a request. The caller disposes the result.</summary>
    /// <param name="context">The request.</param>
    /// <exception cref="ApiException">The body is not a JSON object.</exception>
    /// <exception cref="BadHttpRequestException">The body is too large, or did not arrive.</exception>
    public static async Task<RequestBody> ReadAsync(HttpContext context)
    {
        using var content = new MemoryStream();
        await context.Request.Body.CopyToAsync(content, context.RequestAborted).ConfigureAwait(false);
        return Parse(content.GetBuffer().AsMemory(0, (int)content.Length));
    }

    /// <summary>Parses a body. The caller disposes the result.</summary>
    /// <param name="content">JSON in UTF-8.</param>
    /// <exception cref="ApiException">It is not a JSON object.</exception>
    internal static RequestBody Parse(ReadOnlyMemory<byte> content)
    {
        if (!Utf8.IsValid(content.Span))
            throw ApiException.Invalid(null, "The body is not valid UTF-8.");
        JsonDocument? document = null;
        try
        {
            // First, because names that are not valid text cannot be compared.
            if (JsonText.Fault(content.Span, out int line) is { } fault)
                throw ApiException.Invalid(null, $"Line {line} of the body: {fault}");
            document = JsonDocument.Parse(content, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new RequestBody(document)
                : throw ApiException.Invalid(null, "The body is not a JSON object. Send an object with the fields of the request.");
        }
        catch (JsonException wrong)
        {
            // System.Text.Json appends a line number that is counted from 0.
            string reason = wrong.Message.Split(" LineNumber:")[0].Split(" Path:")[0].TrimEnd('.');
            string place = wrong.LineNumber is { } line
                ? $", line {line + 1}, byte {wrong.BytePositionInLine + 1}" : "";
            throw ApiException.Invalid(null, $"The body is not valid JSON{place}: {reason}.");
        }
        catch (ApiException)
        {
            document?.Dispose();
            throw;
        }
    }

    /// <summary>Returns a field; null if it is missing or null.</summary>
    public JsonElement? Field(string name) =>
        _document.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Returns a field that must not be missing.</summary>
    public JsonElement Needed(string name) => Field(name) ?? throw ApiException.Invalid(name, $"'{name}' is missing.");

    /// <summary>Returns a text; null if it is missing.</summary>
    public string? OptionalText(string name) => Field(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { } other => throw Wrong(name, other, "a text"),
    };

    /// <summary>Returns a text of a list; null if it is missing.</summary>
    public string? OneOf(string name, params ReadOnlySpan<string> allowed)
    {
        string? value = OptionalText(name);
        return value is null || allowed.Contains(value)
            ? value : throw Wrong(name, Field(name)!.Value, string.Join(" or ", allowed.ToArray().Select(each => $"\"{each}\"")));
    }

    /// <summary>Returns true or false.</summary>
    public bool Flag(string name) => Field(name) switch
    {
        null => false,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => throw Wrong(name, other, "true or false"),
    };

    /// <summary>Returns a number in a range; null if it is missing.</summary>
    public double? Number(string name, double least, double most) => Field(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } number when number.TryGetDouble(out double value) && value >= least && value <= most => value,
        { } other => throw Wrong(name, other, $"a number, {least} … {most}"),
    };

    /// <summary>Returns an integer in a range; null if it is missing.</summary>
    public long? Integer(string name, long least, long most = long.MaxValue) => Field(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out long value) && value >= least && value <= most => value,
        { } other => throw Wrong(
            name, other, most == long.MaxValue ? $"an integer, {least} or more" : $"an integer, {least} … {most}"),
    };

    /// <summary>Returns a text or a list of texts; empty if it is missing.</summary>
    /// <param name="name">The field.</param>
    /// <param name="most">Maximum number of texts.</param>
    /// <param name="allowsEmpty">Whether a text may be empty.</param>
    public IReadOnlyList<string> Texts(string name, int most, bool allowsEmpty = true)
    {
        string allowed = $"a text or a list of 1 … {most} texts{(allowsEmpty ? "" : " that are not empty")}";
        if (Field(name) is not { } field)
            return [];
        JsonElement[] items = field.ValueKind == JsonValueKind.Array ? [.. field.EnumerateArray()] : [field];
        if (items.Length == 0 || items.Length > most || items.Any(item => item.ValueKind != JsonValueKind.String))
            throw Wrong(name, field, allowed);
        string[] texts = Array.ConvertAll(items, item => item.GetString()!);
        return allowsEmpty || texts.All(text => text.Length > 0) ? texts : throw Wrong(name, field, allowed);
    }

    /// <summary>Refuses fields that would change the result and are not supported.</summary>
    /// <param name="names">The fields. Null, false and empty values are accepted.</param>
    public void Refuse(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            if (Field(name) is { } value && !IsNeutral(value))
                throw ApiException.Unsupported(name, $"'{name}' is not supported. Remove it.");
        }
    }

    /// <summary>An error about a field's value.</summary>
    public static ApiException Wrong(string name, JsonElement found, string allowed)
    {
        string text = found.GetRawText();
        return ApiException.Invalid(name, $"'{name}' is {(text.Length <= Shown ? text : $"{text[..Shown]}…")}; it must be {allowed}.");
    }

    /// <summary>Frees the document.</summary>
    public void Dispose() => _document.Dispose();

    private static bool IsNeutral(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.False => true,
        JsonValueKind.String => value.GetString()!.Length == 0,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => value.GetPropertyCount() == 0,
        _ => false,
    };
}
