using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace Tenon.Server.Tests;

/// <summary>The log: a line for each request with its id, without prompts and texts.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class LogTests(Served served)
{
    private const string Secret = "confidential";

    [Fact]
    public async Task Each_request_has_a_line_with_its_id_and_no_prompt()
    {
        using var log = new Lines();
        TenonServer server = await TenonServer.StartAsync(
            new ServerOptions(), [await served.OpenAsync("chat")], logging => logging.AddProvider(log));
        await using var other = new OtherServer(server);

        using HttpResponseMessage answer = await other.Client.PostAsync(
            "/v1/chat/completions", Served.Json(ChatCompletionsTests.Chat(Secret, ("max_tokens", 2)).ToJsonString()));
        using HttpResponseMessage wrong = await other.Client.PostAsync($"/v1/completions?{Secret}", Served.Json($"{{\"{Secret}\""));
        using HttpResponseMessage unknown = await other.Client.GetAsync($"/{Secret}");

        string[] lines = await log.ReadAsync(3);
        LineOf(answer).Should().Match("POST /v1/chat/completions 200 * ms req_*");
        LineOf(wrong).Should().Match("POST /v1/completions 400 * ms req_*");
        LineOf(unknown).Should().Match("GET other 404 * ms req_*");
        lines.Should().NotContain(line => line.Contains(Secret));

        string LineOf(HttpResponseMessage response) =>
            lines.Single(line => line.EndsWith(response.Headers.GetValues("x-request-id").Single()));
    }

    [Fact]
    public async Task A_program_can_read_the_log_as_json()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "tenon.dll");
        using Process process = Process.Start(new ProcessStartInfo(
            "dotnet", [program, "serve", served.Model("masked"), "--port", "0", "--log", "json", "--device:threads=1"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            string? listening = null;
            while (listening is null && await process.StandardOutput.ReadLineAsync() is { } printed)
                listening = printed.StartsWith("Listening on ", StringComparison.Ordinal) ? printed.Split(' ')[2].TrimEnd('.') : null;
            listening.Should().NotBeNull();
            using var client = new HttpClient { BaseAddress = new Uri($"{listening}/") };
            using HttpResponseMessage response = await client.GetAsync("models");

            string? line = "";
            while (line?.StartsWith('{') == false)
                line = await process.StandardError.ReadLineAsync();
            JsonNode json = JsonNode.Parse(line!)!;

            json["State"]!["Endpoint"]!.GetValue<string>().Should().Be("/v1/models");
            $"{json["State"]!["Status"]}".Should().Be("200");
            json["State"]!["RequestId"]!.GetValue<string>().Should().Be(response.Headers.GetValues("x-request-id").Single());
            json["Timestamp"]!.GetValue<string>().Should().MatchRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$");
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue(formatter(state, exception));

        // A line is written after the response has been sent.
        public async Task<string[]> ReadAsync(int count)
        {
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (_lines.Count < count)
                await Task.Delay(5, late.Token);
            return [.. _lines];
        }

        public void Dispose()
        {
        }
    }
}
