using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Tenon.Server.Http;

/// <summary>What happens around every request: its id, its errors, and its line in the log. Prompts and texts are never logged.</summary>
/// <param name="metrics">Counts the requests.</param>
/// <param name="log">The log.</param>
internal sealed class RequestPipeline(ServerMetrics metrics, ILogger log)
{
    private const int ClientClosed = 499;

    /// <summary>Handles a request.</summary>
    public async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        long start = Stopwatch.GetTimestamp();
        string id = $"req_{Guid.NewGuid():N}";
        context.TraceIdentifier = id;
        context.Response.Headers["x-request-id"] = id;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await RespondAsync(context, next).ConfigureAwait(false);
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        // A path can have any content, so only that of an endpoint is logged.
        string endpoint = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "other";
        int status = context.RequestAborted.IsCancellationRequested ? ClientClosed : context.Response.StatusCode;
        metrics.Count(endpoint, status, took);
        log.LogInformation("{Method} {Endpoint} {Status} {Milliseconds:0.0} ms {RequestId}",
            context.Request.Method, endpoint, status, took.TotalMilliseconds, id);
    }

    private async Task RespondAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context).ConfigureAwait(false);
            if (context.Response is { HasStarted: false, StatusCode: >= 400 } response)
                await context.WriteErrorAsync(ApiException.OfStatus(response.StatusCode)).ConfigureAwait(false);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody reads the response.
        }
#pragma warning disable CA1031 // The client gets an error without details; the log has them.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            if (ApiException.Of(failure) is not { } error)
            {
                log.LogError(failure, "{RequestId} failed", context.TraceIdentifier);
                error = ApiException.OfStatus(StatusCodes.Status500InternalServerError);
            }

            if (context.Response.HasStarted)
                context.Abort();
            else
                await context.WriteErrorAsync(error).ConfigureAwait(false);
        }
    }
}
