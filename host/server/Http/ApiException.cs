using Tenon.Host.Native;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Serving;

namespace Tenon.Server.Http;

/// <summary>A request is refused.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="type">Type of the error in OpenAI's format: <c>invalid_request_error</c>.</param>
/// <param name="message">What is wrong, and how to fix it.</param>
/// <param name="parameter">The field that is wrong, or null.</param>
/// <param name="code">A code for programs, or null.</param>
internal sealed class ApiException(int status, string type, string message, string? parameter = null, string? code = null)
    : Exception(message)
{
    private const string InvalidRequest = "invalid_request_error";
    private const string ServerError = "server_error";

    /// <summary>HTTP status.</summary>
    public int Status => status;

    /// <summary>Type of the error.</summary>
    public string Type => type;

    /// <summary>The field that is wrong, or null.</summary>
    public string? Parameter => parameter;

    /// <summary>A code for programs, or null.</summary>
    public string? Code => code;

    /// <summary>A field has a value that is not allowed.</summary>
    public static ApiException Invalid(string? parameter, string message) => new(400, InvalidRequest, message, parameter);

    /// <summary>A field would change the result, but is not supported.</summary>
    public static ApiException Unsupported(string parameter, string message) =>
        new(400, InvalidRequest, message, parameter, "unsupported_parameter");

    /// <summary>No served model has the requested name.</summary>
    public static ApiException UnknownModel(string message) => new(404, InvalidRequest, message, "model", "model_not_found");

    /// <summary>What a parameter of the address names does not exist.</summary>
    public static ApiException NotFound(string parameter, string message) => new(404, InvalidRequest, message, parameter, "not_found");

    /// <summary>The key is missing or wrong.</summary>
    public static ApiException Unauthorized() => new(401, InvalidRequest,
        "The API key is missing or wrong. Send it in the header 'Authorization: Bearer KEY'.", code: "invalid_api_key");

    /// <summary>The request comes from a place that is not allowed.</summary>
    public static ApiException Forbidden(string message) => new(403, InvalidRequest, message);

    /// <summary>The body is not JSON.</summary>
    public static ApiException WrongContentType(string? found) => new(415, InvalidRequest,
        $"The header 'Content-Type' is {(found is null ? "missing" : $"'{found}'")}. Send JSON with 'Content-Type: application/json'.");

    /// <summary>An error for a status without a description.</summary>
    public static ApiException OfStatus(int status) => status switch
    {
        404 => new(404, InvalidRequest, "There is no such address. The documentation lists the endpoints.", code: "unknown_url"),
        405 => new(405, InvalidRequest, "The address does not support this method. The documentation lists the endpoints.",
            code: "method_not_allowed"),
        408 => new(408, InvalidRequest, "The body did not arrive in time.", code: "body_too_slow"),
        413 => new(413, InvalidRequest, "The body is larger than the server allows. Send less.", code: "body_too_large"),
        < 500 => new(status, InvalidRequest, "The request is not valid HTTP."),
        _ => new(status, ServerError, "The server failed. Its log has the cause, under the request's id."),
    };

    /// <summary>Describes an exception to the client; null if it is unexpected.</summary>
    /// <param name="failure">The exception.</param>
    public static ApiException? Of(Exception failure) => failure switch
    {
        ApiException known => known,
        ModelException or DataException or OptionsException => Invalid(null, failure.Message),
        QueueFullException => new(429, "rate_limit_error", failure.Message, code: "rate_limit_exceeded"),
        ServingStoppedException => new(503, ServerError, failure.Message, code: "stopping"),
        TimeoutException => new(504, ServerError, failure.Message, code: "timeout"),
        MemoryException => new(503, ServerError, "There is not enough memory for the request. Send or ask for less text.",
            code: "out_of_memory"),
        Microsoft.AspNetCore.Http.BadHttpRequestException wrong => OfStatus(wrong.StatusCode),
        _ => null,
    };
}
