using System.Net;
using System.Text.Json.Nodes;

namespace Tenon.Server.Tests;

/// <summary>Requests to a server.</summary>
internal static class ApiClient
{
    /// <summary>Posts JSON and returns the status and the answer.</summary>
    public static async Task<(HttpStatusCode Status, JsonNode Json)> PostAsync(this HttpClient client, string path, JsonObject body)
    {
        using HttpResponseMessage response = await client.PostAsync(path, Served.Json(body.ToJsonString()));
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    /// <summary>Posts JSON that must be accepted, and returns the answer.</summary>
    public static async Task<JsonNode> AnswerAsync(this HttpClient client, string path, JsonObject body)
    {
        (HttpStatusCode status, JsonNode json) = await client.PostAsync(path, body);
        status.Should().Be(HttpStatusCode.OK, json.ToJsonString());
        return json;
    }

    /// <summary>Posts a request for a stream and returns its events, without the end.</summary>
    public static async Task<List<JsonNode>> StreamAsync(this HttpClient client, string path, JsonObject body)
    {
        body["stream"] = true;
        using HttpResponseMessage response = await client.PostAsync(path, Served.Json(body.ToJsonString()));
        string text = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(HttpStatusCode.OK, text);
        response.Content.Headers.ContentType!.MediaType.Should().Be("text/event-stream");
        string[] events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        events.Should().OnlyContain(one => one.StartsWith("data: "));
        events[^1].Should().Be("data: [DONE]");
        return [.. events[..^1].Select(one => JsonNode.Parse(one["data: ".Length..])!)];
    }
}

/// <summary>A server of one test, with a client.</summary>
internal sealed class OtherServer(TenonServer server) : IAsyncDisposable
{
    /// <summary>Its address.</summary>
    public Uri Address => server.Address;

    /// <summary>A client without a key.</summary>
    public HttpClient Client { get; } = new() { BaseAddress = server.Address, Timeout = TimeSpan.FromMinutes(2) };

    /// <summary>Stops the server.</summary>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await server.DisposeAsync();
    }
}
