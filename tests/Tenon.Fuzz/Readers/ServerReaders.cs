using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Host.Serving;
using Tenon.Server;

namespace Tenon.Fuzz.Readers;

/// <summary>
/// Requests to the server. Each is answered; a wrong one with an error of OpenAI's form that is not the server's fault.
/// </summary>
internal static class ServerReaders
{
    private static readonly string[] _words =
    [
        "model", "messages", "role", "content", "user", "assistant", "system", "prompt", "input", "max_tokens", "max_completion_tokens",
        "temperature", "top_p", "top_k", "n", "seed", "stop", "stream", "stream_options", "include_usage", "logprobs", "top_logprobs",
        "logit_bias", "presence_penalty", "frequency_penalty", "repetition_penalty", "response_format", "type", "json_schema", "schema",
        "json_object", "tools", "tool_choice", "encoding_format", "dimensions", "base64", "float", "top", "generator", "masked", "name",
        "text", "echo", "suffix", "best_of", "modalities", "256", "0",
    ];

    /// <summary>Returns the readers.</summary>
    public static IEnumerable<Reader> In(Workplace workplace)
    {
        var server = new Lazy<HttpClient>(() => Start(workplace));
        yield return Endpoint(server, "chat-completions", "/v1/chat/completions",
            """{"model": "generator", "messages": [{"role": "user", "content": "the"}], "max_tokens": 3, "temperature": 0.5, "seed": 1}""",
            """
            {
              "model": "generator", "messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}], "max_completion_tokens": 2,
              "stream": true, "stream_options": {"include_usage": true}, "logprobs": true, "top_logprobs": 2, "logit_bias": {"65": 5},
              "stop": ["b"], "n": 2
            }
            """,
            """
            {
              "messages": [{"role": "user", "content": "a"}], "model": "generator", "max_tokens": 4,
              "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "integer", "minimum": 3}}}
            }
            """);
        yield return Endpoint(server, "completions", "/v1/completions",
            """{"model": "generator", "prompt": ["the", "a"], "max_tokens": 2, "top_p": 0.9, "logprobs": 2}""",
            """{"model": "generator", "prompt": [65, 66], "max_tokens": 2, "stream": true, "presence_penalty": 1}""");
        yield return Endpoint(server, "embeddings", "/v1/embeddings",
            """{"model": "masked", "input": ["the cat", "a dog"], "encoding_format": "base64"}""",
            """{"model": "masked", "input": "the cat"}""");
        yield return Endpoint(server, "fill-request", "/tenon/v1/fill", """{"model": "masked", "input": "the [MASK] sees", "top": 2}""");
        yield return Endpoint(server, "images-request", "/v1/images/generations",
            """{"model": "generator", "prompt": "1", "n": 1, "size": "8x8"}""");
    }

    private static Reader Endpoint(Lazy<HttpClient> server, string name, string path, params string[] bodies) => new(
        name, InputFormat.Json, [], () => [.. bodies.Select((body, index) => new Seed($"{name}-{index}", Encoding.UTF8.GetBytes(body)))],
        (_, content) => Post(server.Value, path, content))
    {
        Words = _words,
    };

    private static HttpClient Start(Workplace workplace)
    {
        string chat = workplace.Folder("served", ModelReaders.Hub("gpt2-value-head"));
        File.WriteAllText(Path.Combine(chat, "chat_template.jinja"), "{% for message in messages %}{{ message.content }}\n{% endfor %}");
        ServedModel[] models = [.. new[] { ("generator", chat), ("masked", ModelReaders.Hub("bert-two-heads")) }.Select(model =>
            ServedModel.OpenAsync(workplace.Host, model.Item1, new ModelOpening(model.Item2, "cpu", ["--device:threads=1"]),
                new ServingLimits { MaxRunning = 4, MaxWaiting = 4 }).GetAwaiter().GetResult())];
        TenonServer server = TenonServer.StartAsync(new ServerOptions { MaxBodyBytes = 100_000 }, models).GetAwaiter().GetResult();
        workplace.Own(new Stopping(server));
        return new HttpClient { BaseAddress = server.Address };
    }

    private static void Post(HttpClient client, string path, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = client.PostAsync(path, content).GetAwaiter().GetResult();
        string text = response.Content.ReadAsStringAsync().GetAwaiter().GetResult();
        if (response.StatusCode == HttpStatusCode.OK)
            return;
        JsonNode? error = response.StatusCode >= HttpStatusCode.InternalServerError ? null : JsonNode.Parse(text)?["error"];
        if (error?["message"] is not JsonValue message || message.GetValueKind() != JsonValueKind.String)
            throw new InvalidDataException($"{(int)response.StatusCode}: {text}");
    }

    private sealed class Stopping(TenonServer server) : IDisposable
    {
        public void Dispose() => server.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
