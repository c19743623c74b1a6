using System.Net;
using System.Text.Json.Nodes;
using Tenon.Host.Serving;

namespace Tenon.Server.Tests;

/// <summary>Requests that the server ends: because their time is over, or because it stops.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class EndingTests(Served served)
{
    private const string Path = "/v1/chat/completions";

    [Fact]
    public async Task A_request_whose_time_is_over_is_answered_with_504()
    {
        ServingLimits limits = Served.Limits with { RequestTime = TimeSpan.FromSeconds(0.5) };
        ServedModel model = await served.OpenAsync("chat", limits);
        await using OtherServer server = await Served.StartAsync(new ServerOptions(), Task.FromResult(model));
        using var gate = new ManualResetEventSlim();
        Task<bool> held = model.InvokeAsync((_, _) => gate.Wait(TimeSpan.FromSeconds(30), CancellationToken.None), CancellationToken.None);

        (HttpStatusCode status, JsonNode json) = await server.Client.PostAsync(Path, ChatCompletionsTests.Chat("dog"));
        string events = await StreamAsync(server.Client);
        gate.Set();

        await held;
        status.Should().Be(HttpStatusCode.GatewayTimeout);
        json["error"]!["code"]!.GetValue<string>().Should().Be("timeout");
        json["error"]!["message"]!.GetValue<string>().Should().StartWith("The request took longer than 0.5 seconds.");
        LastError(events)["code"]!.GetValue<string>().Should().Be("timeout", "the status of a stream has been sent");
    }

    [Fact]
    public async Task A_server_that_stops_refuses_requests_and_ends_streams_at_the_deadline()
    {
        ServedModel model = await served.OpenAsync("chat");
        await using OtherServer server = await Served.StartAsync(new ServerOptions(), Task.FromResult(model));
        using var gate = new ManualResetEventSlim();
        Task<bool> held = model.InvokeAsync((_, _) => gate.Wait(TimeSpan.FromSeconds(30), CancellationToken.None), CancellationToken.None);
        Task<string> stream = StreamAsync(server.Client);
        while (model.Engine!.State is { Running: 0, Waiting: 0 })
            await Task.Delay(5);

        Task stopped = model.StopAsync(TimeSpan.FromSeconds(0.2));
        (HttpStatusCode status, JsonNode json) = await server.Client.PostAsync(Path, ChatCompletionsTests.Chat("dog"));
        await Task.Delay(TimeSpan.FromSeconds(0.4)); // until the deadline has passed
        gate.Set();

        await held;
        await stopped;
        status.Should().Be(HttpStatusCode.ServiceUnavailable);
        json["error"]!["code"]!.GetValue<string>().Should().Be("stopping");
        LastError(await stream)["code"]!.GetValue<string>().Should().Be("stopping");
    }

    private static async Task<string> StreamAsync(HttpClient client)
    {
        using HttpResponseMessage response = await client.PostAsync(
            Path, Served.Json(ChatCompletionsTests.Chat("dog", ("stream", true), ("max_tokens", 100)).ToJsonString()));
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        return await response.Content.ReadAsStringAsync();
    }

    private static JsonNode LastError(string events)
    {
        events.Should().NotContain("[DONE]");
        string last = events.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1];
        return JsonNode.Parse(last["data: ".Length..])!["error"]!;
    }
}
