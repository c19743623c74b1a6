using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace Tenon.Server.Tests;

/// <summary>Who may use the server.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed partial class AccessTests(Served served)
{
    private const string Key = "a-key-of-16-or-more";

    [Theory]
    [InlineData("evil.example", null, HttpStatusCode.Forbidden)]
    [InlineData("localhost:9", null, HttpStatusCode.OK)]
    [InlineData("127.0.0.1", null, HttpStatusCode.OK)]
    [InlineData("localhost", "http://localhost", HttpStatusCode.OK)]
    [InlineData("localhost", "http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("localhost", "http://localhost:1", HttpStatusCode.Forbidden)]
    [InlineData("localhost", "null", HttpStatusCode.Forbidden)]
    public async Task Host_and_origin_are_checked(string host, string? origin, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Host = host;
        if (origin is not null)
            request.Headers.Add("Origin", origin);

        using HttpResponseMessage response = await served.Client.SendAsync(request);

        response.StatusCode.Should().Be(expected);
        response.Headers.Should().NotContain(header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data")]
    [InlineData(null)]
    public async Task Only_json_is_accepted(string? type)
    {
        using var content = new ByteArrayContent("""{"model": "chat"}"""u8.ToArray());
        if (type is not null)
            content.Headers.ContentType = new MediaTypeHeaderValue(type);

        using HttpResponseMessage response = await served.Client.PostAsync("/v1/completions", content);

        response.StatusCode.Should().Be(HttpStatusCode.UnsupportedMediaType);
        (await response.Content.ReadAsStringAsync()).Should().Contain("Content-Type");
    }

    [Fact]
    public async Task A_key_protects_everything_but_health_and_the_page()
    {
        await using TenonServer server = await TenonServer.StartAsync(
            new ServerOptions { ApiKey = Key, Runs = served.At("runs") }, [await served.OpenAsync("masked")]);
        using var client = new HttpClient { BaseAddress = server.Address };

        foreach (string path in new[] { "/health", "/", "/page.js", "/runs.js", "/page.css" })
            (await Status(path, null)).Should().Be(HttpStatusCode.OK, path);
        foreach (string path in new[] { "/v1/models", "/metrics", "/openapi.json", "/tenon/v1/runs", "/page.map", "/nothing" })
        {
            (await Status(path, null)).Should().Be(HttpStatusCode.Unauthorized, path);
            (await Status(path, $"Bearer {Key[..^1]}")).Should().Be(HttpStatusCode.Unauthorized, path);
            (await Status(path, $"Basic {Key}")).Should().Be(HttpStatusCode.Unauthorized, path);
        }

        (await Status("/v1/models", $"Bearer {Key}")).Should().Be(HttpStatusCode.OK);
        (await Status("/metrics", $"bearer {Key}")).Should().Be(HttpStatusCode.OK);
        (await Status("/nothing", $"Bearer {Key}")).Should().Be(HttpStatusCode.NotFound);

        async Task<HttpStatusCode> Status(string path, string? authorization)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (authorization is not null)
                request.Headers.TryAddWithoutValidation("Authorization", authorization);
            using HttpResponseMessage response = await client.SendAsync(request);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task Another_address_is_refused_without_a_key()
    {
        await using ServedModel model = await served.OpenAsync("masked");

        Func<Task> start = () => TenonServer.StartAsync(new ServerOptions { Address = IPAddress.Any }, [model]);

        await start.Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task Metrics_count_requests_and_tokens()
    {
        await served.AnswerAsync("/v1/chat/completions", ChatCompletionsTests.Chat("dog", ("max_tokens", 3)));

        using HttpResponseMessage response = await served.Client.GetAsync("/metrics");

        response.Content.Headers.ContentType!.ToString().Should().Be("text/plain; version=0.0.4; charset=utf-8");
        string text = await response.Content.ReadAsStringAsync();
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Should().Contain(line => line.StartsWith("tenon_requests_total{endpoint=\"/v1/chat/completions\",status=\"200\"} "))
            .And.Contain("tenon_texts_running{model=\"chat\"} 0")
            .And.Contain(line => line.StartsWith("tenon_generated_tokens_total{model=\"chat\"} "))
            .And.Contain(line => line.StartsWith("tenon_first_text_seconds_bucket{model=\"chat\",le=\"+Inf\"} "));
        lines.Where(line => line[0] != '#').Should().OnlyContain(line => Sample().IsMatch(line));
    }

    [GeneratedRegex("""^[a-z_]+\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\} [0-9.E+-]+$""")]
    private static partial Regex Sample();
}
