using System.Text.Json;
using Tenon.Server.Http;

namespace Tenon.Server.OpenAi;

/// <summary>The field <c>response_format</c>. The only place where a request can constrain the form of its text.</summary>
internal static class ResponseFormat
{
    private const string Name = "response_format";

    /// <summary>Applies the field to the options of a text.</summary>
    /// <exception cref="ApiException">The format is not supported.</exception>
    public static SamplingOptions Apply(RequestBody body, SamplingOptions sampling)
    {
        if (body.Field(Name) is not { } format)
            return sampling;
        if (format.ValueKind != JsonValueKind.Object || !format.TryGetProperty("type", out JsonElement type)
            || type.ValueKind != JsonValueKind.String)
            throw RequestBody.Wrong(Name, format, "an object with 'type'");
        return type.GetString() == "text" ? sampling : throw ApiException.Unsupported(
            Name, $"'{Name}' has the type {type.GetRawText()}, which is not supported. Allowed: \"text\".");
    }
}
