using System.Net;
using System.Text.Json.Nodes;
using Tenon.Host;
using Tenon.Server.OpenAi;

namespace Tenon.Server.Tests;

/// <summary><c>/v1/chat/completions</c>.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class ChatCompletionsTests(Served served)
{
    private const string Path = "/v1/chat/completions";

    [Fact]
    public async Task A_reply_equals_the_librarys()
    {
        var sampling = new SamplingOptions { MaxNewTokens = 40, Temperature = 0.7, TopP = 0.9 };
        var conversation = new Conversation([new ChatMessage("user", "dog")]);
        Continuation expected = (await served.Chat.InvokeAsync(
            (opened, stop) => opened.Chat([conversation], sampling, seed: 5, stop: stop), CancellationToken.None))[0];

        JsonNode answer = await served.AnswerAsync(
            Path, Chat("dog", ("max_tokens", 40), ("temperature", 0.7), ("top_p", 0.9), ("seed", 5)));

        JsonNode choice = answer["choices"]![0]!;
        choice["message"]!["content"]!.GetValue<string>().Should().Be(expected.Text);
        choice["message"]!["role"]!.GetValue<string>().Should().Be("assistant");
        choice["finish_reason"]!.GetValue<string>().Should().Be(expected.Ending == "length" ? "length" : "stop");
        answer["object"]!.GetValue<string>().Should().Be("chat.completion");
        answer["model"]!.GetValue<string>().Should().Be("chat");
        answer["id"]!.GetValue<string>().Should().StartWith("chatcmpl-");
        int prompt = answer["usage"]!["prompt_tokens"]!.GetValue<int>();
        int completion = answer["usage"]!["completion_tokens"]!.GetValue<int>();
        prompt.Should().BeGreaterThan(3);
        completion.Should().BeInRange(expected.Ids.Count, expected.Ids.Count + 1);
        answer["usage"]!["total_tokens"]!.GetValue<int>().Should().Be(prompt + completion);
    }

    [Fact]
    public async Task A_stream_has_the_text_of_the_whole_answer_in_complete_characters()
    {
        JsonObject request = Chat("fish", ("max_tokens", 100), ("seed", 11), ("n", 3), ("temperature", 1.5));
        JsonNode whole = await served.AnswerAsync(Path, (JsonObject)request.DeepClone());
        request["stream_options"] = new JsonObject { ["include_usage"] = true };

        List<JsonNode> events = await served.StreamAsync(Path, request);

        for (int i = 0; i < 3; i++)
        {
            JsonNode[] own = [.. events.SelectMany(one => one["choices"]!.AsArray()).Where(one => one!["index"]!.GetValue<int>() == i)!];
            string[] pieces = [.. own.Select(one => one["delta"]!["content"]?.GetValue<string>() ?? "")];
            string.Concat(pieces).Should().Be(whole["choices"]![i]!["message"]!["content"]!.GetValue<string>());
            own[0]["delta"]!["role"]!.GetValue<string>().Should().Be("assistant");
            own[^1]["finish_reason"]!.GetValue<string>().Should().Be(whole["choices"]![i]!["finish_reason"]!.GetValue<string>());
            own[..^1].Should().OnlyContain(one => one["finish_reason"] == null);
            pieces.Should().HaveCountGreaterThan(2).And.OnlyContain(piece => piece.Length == 0 || !char.IsLowSurrogate(piece[0]));
        }

        events[^1]["choices"]!.AsArray().Should().BeEmpty();
        events[^1]["usage"]!.ToJsonString().Should().Be(whole["usage"]!.ToJsonString());
        events.Select(one => one["id"]!.GetValue<string>()).Distinct().Should().ContainSingle();
    }

    [Fact]
    public async Task A_stop_text_ends_the_reply_before_it_and_is_never_streamed()
    {
        JsonNode whole = await served.AnswerAsync(Path, Chat("cat", ("max_tokens", 80), ("seed", 4), ("temperature", 1)));
        string text = Text(whole);
        string stop = text.Substring(text.Length / 2, 2);
        string expected = text[..text.IndexOf(stop, StringComparison.Ordinal)];
        JsonObject request = Chat("cat", ("max_tokens", 80), ("seed", 4), ("temperature", 1));
        request["stop"] = new JsonArray("never in the text", stop);

        JsonNode stopped = await served.AnswerAsync(Path, (JsonObject)request.DeepClone());
        List<JsonNode> events = await served.StreamAsync(Path, request);

        Text(stopped).Should().Be(expected);
        stopped["choices"]![0]!["finish_reason"]!.GetValue<string>().Should().Be("stop");
        string.Concat(events.Select(one => one["choices"]![0]!["delta"]!["content"]?.GetValue<string>())).Should().Be(expected);
    }

    [Fact]
    public async Task Log_probabilities_cover_the_text()
    {
        JsonNode answer = await served.AnswerAsync(
            Path, Chat("bird", ("max_tokens", 20), ("seed", 2), ("temperature", 0), ("logprobs", true), ("top_logprobs", 3)));

        JsonArray tokens = answer["choices"]![0]!["logprobs"]!["content"]!.AsArray();
        tokens.Should().NotBeEmpty();
        foreach (JsonNode? token in tokens)
        {
            double[] top = [.. token!["top_logprobs"]!.AsArray().Select(one => one!["logprob"]!.GetValue<double>())];
            top.Should().HaveCount(3).And.BeInDescendingOrder();
            token["logprob"]!.GetValue<double>().Should().Be(top[0], "greedy decoding takes the most probable token").And.BeLessThan(0);
        }

        bool isText = tokens.All(token => token!["bytes"] is not null);
        if (isText)
            string.Concat(tokens.Select(token => token!["token"]!.GetValue<string>())).Should().Be(Text(answer));
    }

    [Fact]
    public async Task Equal_seeds_give_equal_texts_and_different_seeds_others()
    {
        string[] texts = [.. await Task.WhenAll(new[] { 1, 1, 2 }.Select(async seed =>
            Text(await served.AnswerAsync(Path, Chat("dog", ("max_tokens", 30), ("seed", seed))))))];

        texts[0].Should().Be(texts[1]);
        texts[2].Should().NotBe(texts[0]);
    }

    [Theory]
    [InlineData("""{"messages": []}""", "messages", "messages is not a list of messages*")]
    [InlineData("""{"messages": [{"role": "robot", "content": "x"}]}""", null, "messages[0]: unknown role 'robot'*")]
    [InlineData("""{"messages": [{"role": "user", "content": 5}]}""", null, "messages[0]: 'content' is 5*")]
    [InlineData("""{}""", "messages", "'messages' is missing.")]
    [InlineData("""{"messages": "hi"}""", null, "messages is not a list of messages*")]
    [InlineData("""{"temperature": "hot"}""", "temperature", "'temperature' is \"hot\"; it must be a number, 0 … 2.")]
    [InlineData("""{"temperature": 3}""", "temperature", "'temperature' is 3; it must be a number, 0 … 2.")]
    [InlineData("""{"max_tokens": 0}""", "max_tokens", "'max_tokens' is 0; it must be an integer, 1 … 2147483647.")]
    [InlineData("""{"n": 1000}""", "n", "'n' is 1000; it must be an integer, 1 … 128.")]
    [InlineData("""{"n": 100}""", "n", "'n' is 100 for 1 prompts; the server generates at most 32 texts for a request.")]
    [InlineData("""{"stop": ["a", ""]}""", "stop", "*; it must be a text or a list of 1 … 16 texts that are not empty.")]
    [InlineData("""{"logit_bias": {"999": 1}}""", "logit_bias", "'logit_bias' is {\"999\":1}; it must be an object of token ids*")]
    [InlineData("""{"top_logprobs": 2}""", "top_logprobs", "'top_logprobs' is allowed only with 'logprobs': true.")]
    [InlineData("""{"stream_options": {"include_usage": true}}""", "stream_options", "*only with 'stream': true.")]
    [InlineData("""{"tools": [{"type": "function"}]}""", "tools", "'tools' is not supported by the model 'chat', whose chat template*")]
    [InlineData("""{"tool_choice": "auto"}""", "tool_choice", "'tool_choice' is allowed only with 'tools'*")]
    [InlineData("""{"response_format": {"type": "grammar"}}""", "response_format", "*type \"grammar\", which is not supported*")]
    [InlineData("""{"min_p": 0.1}""", "min_p", "'min_p' is not supported. Remove it.")]
    [InlineData("""{"model": "chta"}""", "model", "The model 'chta' is not served. Did you mean 'chat'? Served: chat, *.")]
    [InlineData("""{"model": "masked"}""", "model", "The model 'masked' is * and cannot reply*Models that can: chat.")]
    public async Task A_wrong_field_is_named(string change, string? field, string message)
    {
        JsonObject request = Chat("dog", ("max_tokens", 2));
        var changes = (JsonObject)JsonNode.Parse(change)!;
        if (changes.Count == 0)
            request.Remove("messages");
        foreach ((string name, JsonNode? value) in changes)
            request[name] = value?.DeepClone();

        (HttpStatusCode status, JsonNode json) = await served.PostAsync(Path, request);

        status.Should().Be(message.Contains("not served", StringComparison.Ordinal) ? HttpStatusCode.NotFound : HttpStatusCode.BadRequest);
        json["error"]!["message"]!.GetValue<string>().Should().Match(message);
        json["error"]!["type"]!.GetValue<string>().Should().Be("invalid_request_error");
        json["error"]!["param"]?.GetValue<string>().Should().Be(field);
    }

    [Fact]
    public async Task Every_field_that_is_not_supported_is_refused_by_name()
    {
        (string Path, JsonObject Valid, IReadOnlyList<string> Fields)[] endpoints =
        [
            (Path, Chat("dog"), new ChatCompletions(null!, null!).Endpoint.Refused),
            ("/v1/completions", new JsonObject { ["model"] = "chat", ["prompt"] = "dog" }, new Completions(null!, null!).Endpoint.Refused),
        ];
        foreach ((string path, JsonObject valid, IReadOnlyList<string> fields) in endpoints)
        {
            fields.Should().Contain(["min_p", "guided_json", "echo", "best_of"]);
            foreach (string field in fields)
            {
                var request = (JsonObject)valid.DeepClone();
                request[field] = 1;

                (HttpStatusCode status, JsonNode json) = await served.PostAsync(path, request);

                status.Should().Be(HttpStatusCode.BadRequest, field);
                json["error"]!["message"]!.GetValue<string>().Should().Be($"'{field}' is not supported. Remove it.");
                json["error"]!["param"]!.GetValue<string>().Should().Be(field);
                json["error"]!["code"]!.GetValue<string>().Should().Be("unsupported_parameter");
            }
        }
    }

    [Theory]
    [InlineData("""{"tools": [], "tool_choice": null, "response_format": {"type": "text"}, "echo": false}""")]
    [InlineData("""{"user": "someone", "metadata": {"a": "b"}, "store": false, "service_tier": "auto", "anything": [1]}""")]
    [InlineData("""{"presence_penalty": 1, "frequency_penalty": -1, "logit_bias": {"65": 5}, "top_k": 5, "repetition_penalty": 1.1}""")]
    public async Task Harmless_and_supported_fields_are_accepted(string change)
    {
        JsonObject request = Chat("dog", ("max_tokens", 2));
        foreach ((string name, JsonNode? value) in (JsonObject)JsonNode.Parse(change)!)
            request[name] = value?.DeepClone();

        (await served.AnswerAsync(Path, request))["usage"]!["completion_tokens"]!.GetValue<int>().Should().BeInRange(1, 2);
    }

    [Fact]
    public async Task A_schema_decides_the_form_of_a_reply()
    {
        JsonObject request = Chat("dog", ("max_tokens", 40), ("seed", 1));
        request["response_format"] = JsonNode.Parse("""
            {
              "type": "json_schema",
              "json_schema": {
                "name": "animal", "strict": true,
                "schema": {
                  "type": "object", "properties": { "kind": { "enum": ["dog", "cat"] }, "legs": { "enum": [2, 4] } },
                  "required": ["kind", "legs"], "additionalProperties": false
                }
              }
            }
            """);

        JsonNode answer = await served.AnswerAsync(Path, request);

        JsonNode reply = JsonNode.Parse(Text(answer))!;
        reply["kind"]!.GetValue<string>().Should().BeOneOf("dog", "cat");
        reply["legs"]!.GetValue<int>().Should().BeOneOf(2, 4);
        answer["choices"]![0]!["finish_reason"]!.GetValue<string>().Should().Be("stop");
    }

    [Theory]
    [InlineData("""{"type": "json_schema"}""", "*an object with 'json_schema', an object with 'schema'*")]
    [InlineData("""{"type": "json_schema", "json_schema": {"schema": {"type": "sting"}}}""", "*response_format.json_schema.schema*sting*")]
    [InlineData("""{"type": "json_schema", "json_schema": {"schema": {"not": {}}}}""", "*response_format.json_schema.schema*not*")]
    public async Task A_wrong_schema_is_named(string format, string message)
    {
        JsonObject request = Chat("dog", ("max_tokens", 2));
        request["response_format"] = JsonNode.Parse(format);

        (HttpStatusCode status, JsonNode json) = await served.PostAsync(Path, request);

        status.Should().Be(HttpStatusCode.BadRequest);
        json["error"]!["message"]!.GetValue<string>().Should().Match(message);
        json["error"]!["param"]!.GetValue<string>().Should().Be("response_format");
    }

    [Fact]
    public async Task A_bias_forces_a_token()
    {
        JsonObject request = Chat("dog", ("max_tokens", 5), ("seed", 1));
        request["logit_bias"] = new JsonObject { ["65"] = 100 };
        string token = (await served.AnswerAsync("/v1/completions", new JsonObject
        {
            ["model"] = "chat",
            ["prompt"] = new JsonArray(65),
            ["max_tokens"] = 1,
            ["logit_bias"] = new JsonObject { ["65"] = 100 },
        }))["choices"]![0]!["text"]!.GetValue<string>();

        Text(await served.AnswerAsync(Path, request)).Should().Be(string.Concat(Enumerable.Repeat(token, 5)));
    }

    [Fact]
    public async Task A_conversation_that_exceeds_the_context_is_refused()
    {
        (HttpStatusCode status, JsonNode json) = await served.PostAsync(Path, Chat(new string('x', 500)));

        status.Should().Be(HttpStatusCode.BadRequest);
        json["error"]!["message"]!.GetValue<string>().Should().Match("Prompt has * tokens, but the context length is 192. Shorten it.");
    }

    internal static JsonObject Chat(string message, params ReadOnlySpan<(string Name, JsonNode Value)> fields)
    {
        var request = new JsonObject
        {
            ["model"] = "chat",
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = message }),
        };
        foreach ((string name, JsonNode value) in fields)
            request[name] = value;
        return request;
    }

    internal static string Text(JsonNode answer) => answer["choices"]![0]!["message"]!["content"]!.GetValue<string>();
}
