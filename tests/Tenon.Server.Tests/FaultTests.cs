using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Tenon.Server.Tests;

/// <summary>Requests that are wrong: each gets the right status and an error in OpenAI's format, and the server stays up.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class FaultTests(Served served)
{
    private const string Chat = "/v1/chat/completions";

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("{\"model\": \"chat\",}")]
    [InlineData("{\"model\": \"chat\", \"model\": \"chat\"}")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": \"\\ud83d\"}]}")]
    [InlineData("{} trailing")]
    [InlineData("{\"messages\": NaN}")]
    public async Task Malformed_bodies_are_answered_with_400(string body)
    {
        using HttpResponseMessage response = await served.Client.PostAsync(Chat, Served.Json(body));

        await Refused(response, HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Invalid_utf8_deep_nesting_and_large_bodies_are_refused()
    {
        using var bytes = new ByteArrayContent([.. "{\"model\": \""u8, 0xFF, 0xFE, .. "\"}"u8]);
        bytes.Headers.ContentType = new("application/json");
        await Refused(await served.Client.PostAsync(Chat, bytes), HttpStatusCode.BadRequest);
        string deep = string.Concat(Enumerable.Repeat("[", 10_000));
        await Refused(await served.Client.PostAsync(Chat, Served.Json($"{{\"messages\": {deep}")), HttpStatusCode.BadRequest);
        string large = $"{{\"messages\": \"{new string('x', 200_000)}\"}}";
        await Refused(await served.Client.PostAsync(Chat, Served.Json(large)), HttpStatusCode.RequestEntityTooLarge);
        await StillAnswers();
    }

    [Theory]
    [InlineData("GET", "/v1/chat/completions", HttpStatusCode.MethodNotAllowed)]
    [InlineData("DELETE", "/v1/models", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/v1/nothing", HttpStatusCode.NotFound)]
    [InlineData("GET", "/../../etc/passwd", HttpStatusCode.NotFound)]
    [InlineData("GET", "/v1/models/..%2f..%2fetc%2fpasswd", HttpStatusCode.NotFound)]
    public async Task Unknown_addresses_and_methods_are_refused(string method, string path, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        await Refused(await served.Client.SendAsync(request), status);
    }

    [Fact]
    public async Task A_body_that_never_arrives_holds_up_nobody()
    {
        using var slow = new TcpClient();
        await slow.ConnectAsync(served.Server.Address.Host, served.Server.Address.Port);
        await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
            "Content-Length: 1000\r\n\r\n{\"mod"));

        await StillAnswers();
    }

    [Fact]
    public async Task A_slow_reader_holds_up_nobody_and_gets_everything()
    {
        using var slow = new TcpClient { ReceiveBufferSize = 1024 };
        await slow.ConnectAsync(served.Server.Address.Host, served.Server.Address.Port);
        // More than the buffers of the connection hold.
        string body = ChatCompletionsTests.Chat("dog", ("stream", true), ("max_tokens", 150), ("n", 8), ("logprobs", true),
            ("top_logprobs", 20), ("logit_bias", new JsonObject { ["65"] = 100 })).ToJsonString();
        await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n" +
            $"Content-Length: {body.Length}\r\n\r\n{body}"));

        await StillAnswers();
        long length = 0;
        string end = "";
        byte[] part = new byte[64 << 10];
        for (int count; (count = await slow.GetStream().ReadAsync(part)) > 0; length += count)
        {
            string last = end + Encoding.UTF8.GetString(part, 0, count);
            end = last[Math.Max(0, last.Length - 100)..];
        }

        length.Should().BeGreaterThan(1 << 20);
        end.Should().Contain("data: [DONE]");
        await StillAnswers();
    }

    public static TheoryData<string, string> Valid => new()
    {
        {
            Chat, ChatCompletionsTests.Chat(
                "the dog", ("max_tokens", 2), ("temperature", 0.5), ("stop", new JsonArray("x", "y")), ("seed", 3), ("n", 1),
                ("logprobs", true), ("top_logprobs", 1), ("stream", false), ("logit_bias", new JsonObject { ["65"] = 1 })).ToJsonString()
        },
        { "/v1/completions", """{"model": "chat", "prompt": ["the cat", "a"], "max_tokens": 2, "logprobs": 1, "echo": false, "n": 2}""" },
        { "/v1/embeddings", """{"model": "masked", "input": ["the cat", "a"], "encoding_format": "base64", "dimensions": 8}""" },
        { "/v1/images/generations", """{"model": "images", "prompt": "3", "n": 1, "steps": 1, "response_format": "b64_json"}""" },
        { "/tenon/v1/classify", """{"model": "labelled", "input": ["the cat sees", "a"], "top": 1}""" },
        { "/tenon/v1/fill", """{"model": "masked", "input": ["the [MASK] sees"], "top": 2}""" },
    };

    [Theory]
    [MemberData(nameof(Valid))]
    public async Task Mutated_requests_never_fail_the_server(string path, string valid)
    {
        var random = new Random(7);
        var statuses = new List<HttpStatusCode>();
        for (int i = 0; i < 200; i++)
        {
            byte[] body = Encoding.UTF8.GetBytes(valid);
            for (int changes = random.Next(1, 4); changes > 0; changes--)
                body = Mutate(body, random);
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new("application/json");
            using HttpResponseMessage response = await served.Client.PostAsync(path, content);
            string text = await response.Content.ReadAsStringAsync();
            ((int)response.StatusCode).Should().BeOneOf([200, 400, 404], Encoding.UTF8.GetString(body));
            if (response.IsSuccessStatusCode || response.Content.Headers.ContentType!.MediaType == "text/event-stream")
                continue;
            JsonNode.Parse(text)!["error"]!["message"]!.GetValue<string>().Should().NotBeEmpty();
            text.Should().NotContain("   at ").And.NotContain("Exception");
            statuses.Add(response.StatusCode);
        }

        statuses.Should().HaveCountGreaterThan(60, "many changes make a request invalid");
        await StillAnswers();
    }

    private static byte[] Mutate(byte[] body, Random random)
    {
        int at = random.Next(body.Length);
        return random.Next(4) switch
        {
            0 => [.. body[..at], .. body[Math.Min(body.Length, at + random.Next(1, 9))..]],
            1 => [.. body[..at], (byte)random.Next(32, 127), .. body[at..]],
            2 => [.. body[..at], (byte)random.Next(256), .. body[(at + 1)..]],
            _ => body[..Math.Max(1, at)],
        };
    }

    private static async Task Refused(HttpResponseMessage response, HttpStatusCode status)
    {
        string text = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(status, text);
        JsonNode error = JsonNode.Parse(text)!["error"]!;
        error["message"]!.GetValue<string>().Should().NotBeEmpty();
        error["type"]!.GetValue<string>().Should().Be("invalid_request_error");
        text.Should().NotContain("   at ").And.NotContain("Exception");
        response.Headers.GetValues("x-request-id").Single().Should().StartWith("req_");
        response.Dispose();
    }

    private async Task StillAnswers() =>
        (await served.AnswerAsync(Chat, ChatCompletionsTests.Chat("dog", ("max_tokens", 3))))["usage"]!["completion_tokens"]!
            .GetValue<int>().Should().BeInRange(1, 3);
}
