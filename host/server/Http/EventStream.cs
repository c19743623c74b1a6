using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Tenon.Server.Http;

/// <summary>Server-sent events: lines <c>data: {…}</c>, and <c>data: [DONE]</c> at the end.</summary>
/// <param name="context">The request.</param>
internal sealed class EventStream(HttpContext context)
{
    /// <summary>Starts the response.</summary>
    public void Start()
    {
        HttpResponse response = context.Response;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        // Proxies must not collect events.
        response.Headers["X-Accel-Buffering"] = "no";
    }

    /// <summary>Sends an event.</summary>
    public Task SendAsync(JsonNode json) => SendAsync(json.ToJsonString(HttpResponses.Json));

    /// <summary>Ends the stream.</summary>
    public Task EndAsync() => SendAsync("[DONE]");

    private async Task SendAsync(string data)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"data: {data}\n\n"), context.RequestAborted).ConfigureAwait(false);
        await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }
}
