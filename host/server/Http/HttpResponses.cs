using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Tenon.Server.Http;

/// <summary>Writes responses.</summary>
internal static class HttpResponses
{
    /// <summary>Text is not escaped more than JSON needs; responses are never part of a page.</summary>
    public static JsonSerializerOptions Json { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Content type of text.</summary>
    public const string PlainText = "text/plain; charset=utf-8";

    /// <summary>Writes JSON.</summary>
    public static Task WriteJsonAsync(this HttpContext context, JsonNode json, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync(json.ToJsonString(Json), context.RequestAborted);
    }

    /// <summary>Writes text.</summary>
    public static Task WriteTextAsync(this HttpContext context, string text, string contentType = PlainText)
    {
        context.Response.ContentType = contentType;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    /// <summary>Writes an error in OpenAI's format.</summary>
    public static Task WriteErrorAsync(this HttpContext context, ApiException error)
    {
        if (error.Status == StatusCodes.Status429TooManyRequests)
            context.Response.Headers.RetryAfter = "1";
        if (error.Status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        return context.WriteJsonAsync(Error(error), error.Status);
    }

    /// <summary>An error in OpenAI's format.</summary>
    public static JsonObject Error(ApiException error) => new()
    {
        ["error"] = new JsonObject
        {
            ["message"] = error.Message,
            ["type"] = error.Type,
            ["param"] = error.Parameter,
            ["code"] = error.Code,
        },
    };
}
