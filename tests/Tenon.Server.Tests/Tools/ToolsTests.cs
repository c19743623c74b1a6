using System.Net;
using System.Text.Json.Nodes;

namespace Tenon.Server.Tests.Tools;

/// <summary>The fields <c>tools</c>, <c>tool_choice</c> and <c>parallel_tool_calls</c>, and calls in messages.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class ToolsTests(Served served) : IAsyncLifetime
{
    private const string Path = "/v1/chat/completions";
    private OtherServer _server = null!;

    public async Task InitializeAsync() => _server = await Served.StartAsync(
        new ServerOptions(),
        [.. ToolTemplates.All.Select(each => served.OpenAsync(each.Key, folder: served.WithTemplate(each.Key, each.Value))),
            served.OpenAsync("chat"), served.OpenAsync("caller", folder: ToolModels.Caller(served))]);

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("hermes", "required")]
    [InlineData("mistral", "required")]
    [InlineData("llama", "required")]
    [InlineData("hermes", "weather")]
    [InlineData("mistral", "weather")]
    [InlineData("llama", "weather")]
    public async Task A_required_or_named_function_is_called_with_arguments_of_its_schema(string model, string choice)
    {
        JsonObject request = ToolModels.Request(model, choice is "required" ? "required" : Named(choice));

        JsonNode answer = await _server.Client.AnswerAsync(Path, (JsonObject)request.DeepClone());
        List<JsonNode> events = await _server.Client.StreamAsync(Path, request);

        JsonNode reply = answer["choices"]![0]!;
        reply["finish_reason"]!.GetValue<string>().Should().Be("tool_calls");
        reply["message"]!["content"].Should().BeNull();
        JsonNode call = reply["message"]!["tool_calls"]!.AsArray().Single()!;
        call["type"]!.GetValue<string>().Should().Be("function");
        call["id"]!.GetValue<string>().Should().MatchRegex("^[A-Za-z0-9]{9}$");
        JsonNode function = call["function"]!;
        if (choice == "weather")
            function["name"]!.GetValue<string>().Should().Be("weather");
        string arguments = function["arguments"]!.GetValue<string>();
        if (function["name"]!.GetValue<string>() == "weather")
            JsonNode.Parse(arguments)!["city"]!.GetValue<string>().Should().BeOneOf("Oslo", "Rome");
        else
            JsonNode.Parse(arguments)!.AsObject().Should().BeEmpty();
        JsonNode[] choices = [.. events.Select(one => one["choices"]![0]!)];
        choices[^1]["finish_reason"]!.GetValue<string>().Should().Be("tool_calls");
        JsonNode delta = choices.Single(one => one["delta"]!["tool_calls"] is not null)["delta"]!["tool_calls"]!.AsArray().Single()!;
        delta["index"]!.GetValue<int>().Should().Be(0);
        delta["function"]!.ToJsonString().Should().Be(function.ToJsonString());
        string.Concat(choices.Select(one => one["delta"]!["content"]?.GetValue<string>())).Should().BeEmpty();
    }

    [Fact]
    public async Task A_model_that_learned_to_call_functions_calls_them()
    {
        JsonNode called = (await _server.Client.AnswerAsync(Path, ToolModels.Request("caller", "auto")))["choices"]![0]!;
        JsonNode none = (await _server.Client.AnswerAsync(Path, ToolModels.Request("caller", "none")))["choices"]![0]!;
        JsonObject other = ToolModels.Request("caller", "auto");
        other["tools"]!.AsArray().RemoveAt(0);
        JsonNode unknown = (await _server.Client.AnswerAsync(Path, other))["choices"]![0]!;

        called["finish_reason"]!.GetValue<string>().Should().Be("tool_calls", called.ToJsonString());
        called["message"]!["content"]!.GetValue<string>().Should().Be("Yes.");
        called["message"]!["tool_calls"]![0]!["function"]!.ToJsonString().Should()
            .Be(new JsonObject { ["name"] = "weather", ["arguments"] = """{"city": "Oslo"}""" }.ToJsonString());
        none["finish_reason"]!.GetValue<string>().Should().Be("stop");
        none["message"]!["content"]!.GetValue<string>().Should().Contain("<tool_call>", "the reply is text");
        none["message"]!.AsObject().Should().NotContainKey("tool_calls");
        unknown["message"]!["content"]!.GetValue<string>().Should().Contain("<tool_call>", "the function is not among the tools");
    }

    [Fact]
    public async Task Templates_read_calls_and_results_in_the_history()
    {
        JsonObject request = ToolModels.Request("hermes", "none");
        request["messages"] = JsonNode.Parse("""
            [{"role": "user", "content": "hi"},
             {"role": "assistant", "content": null, "tool_calls":
               [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\": \"Oslo\"}"}}]},
             {"role": "tool", "tool_call_id": "c1", "content": "cold"}]
            """);
        request["max_tokens"] = 1;
        ITokenizer tokenizer = served.Chat.Traits.Tokenizer!;
        string prompt = "user: hi;assistant: <tool_call>{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}</tool_call>" +
            $"{tokenizer.TokenText(tokenizer.Special.EndOfText!.Value)};tool(weather): cold;assistant: ";

        int tokens = (await _server.Client.AnswerAsync(Path, request))["usage"]!["prompt_tokens"]!.GetValue<int>();

        tokens.Should().Be(tokenizer.Encode(prompt, recognizeSpecial: true).Count);
    }

    [Theory]
    [InlineData("chat", """{}""", "tools", "'tools' is not supported by the model 'chat', whose chat template has no tools. Remove it.")]
    [InlineData("unknown", """{}""", "tools",
        "'tools' is not supported by the model 'unknown': its chat template has tools, but calls in a form that is not known. Known: *")]
    [InlineData("hermes", """{"tools": {}}""", "tools", "'tools' is {}; it must be a list of up to 128 functions.")]
    [InlineData("hermes", """{"tools": [{"type": "web"}]}""", "tools", "'tools[0]' is {\"type\":\"web\"}; it must be an object with*")]
    [InlineData("hermes", """{"tools": [{"type": "function", "function": {"name": "a b"}}]}""", "tools", "'tools[0].function' is *'name'*")]
    [InlineData("hermes", """{"tools": [{"type": "function", "function": {"name": "a", "parameters": 1}}]}""", "tools",
        "'tools[0].function.parameters' is 1; it must be a JSON Schema of an object.")]
    [InlineData("hermes",
        """{"tools": [{"type": "function", "function": {"name": "a", "strict": true}}], "tool_choice": "auto"}""", "tools",
        "'tools[0].function.strict' is supported only with 'tool_choice': \"required\"*")]
    [InlineData("hermes",
        """{"tools": [{"type": "function", "function": {"name": "a"}}, {"type": "function", "function": {"name": "a"}}]}""", "tools",
        "'tools' has several functions with the name 'a'.")]
    [InlineData("hermes", """{"tools": [{"type": "function", "function": {"name": "a", "parameters": {"type": "object", "not": {}}}}]}""",
        "tools", "tools[0].function.parameters: $.not: the keyword 'not' is not supported*")]
    [InlineData("hermes", """{"tools": []}""", "tool_choice", "'tool_choice' is allowed only with 'tools'*")]
    [InlineData("hermes", """{"tool_choice": "always"}""", "tool_choice", "'tool_choice' is \"always\"; it must be \"none\", \"auto\"*")]
    [InlineData("hermes", """{"tool_choice": {"type": "function", "function": {"name": "weahter"}}}""", "tool_choice",
        "'tool_choice' names the function 'weahter', which is not in 'tools'. Did you mean 'weather'? Allowed: weather, now.")]
    [InlineData("hermes", """{"parallel_tool_calls": 1}""", "parallel_tool_calls", "'parallel_tool_calls' is 1; it must be true or false.")]
    [InlineData("hermes", """{"response_format": {"type": "json_object"}}""", "response_format", "'response_format' is supported with*")]
    [InlineData("hermes", """{"functions": [{}]}""", "functions", "'functions' is not supported. Remove it.")]
    [InlineData("hermes", """{"messages": [{"role": "tool", "tool_call_id": "x", "content": "1"}]}""", "messages",
        "'messages[0].tool_call_id' is \"x\"; it must be the id of an earlier call, but there is none.")]
    [InlineData("hermes", """{"messages": [{"role": "assistant", "tool_calls": [{"id": "a"}]}]}""", "messages",
        "'messages[0].tool_calls[0]' is {\"id\":\"a\"}; it must be an object with 'id', 'type' and 'function'*")]
    [InlineData("hermes",
        """{"messages": [{"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "1"}}]}]}""", "messages",
        "'messages[0].tool_calls[0].function.arguments' is \"1\"; it must be a text with a JSON object.")]
    public async Task A_wrong_field_is_named(string model, string change, string field, string message)
    {
        JsonObject request = ToolModels.Request(model, "required");
        foreach ((string name, JsonNode? value) in (JsonObject)JsonNode.Parse(change)!)
            request[name] = value?.DeepClone();

        (HttpStatusCode status, JsonNode json) = await _server.Client.PostAsync(Path, request);

        status.Should().Be(HttpStatusCode.BadRequest);
        json["error"]!["message"]!.GetValue<string>().Should().Match(message);
        json["error"]!["param"]!.GetValue<string>().Should().Be(field);
    }

    [Fact]
    public async Task Models_with_tools_are_listed()
    {
        JsonNode models = JsonNode.Parse(await _server.Client.GetStringAsync("/v1/models"))!;

        models["data"]!.AsArray().Where(model => model!["tasks"]!.AsArray().Any(task => task!.GetValue<string>() == "tools"))
            .Select(model => model!["id"]!.GetValue<string>()).Should().Equal("hermes", "mistral", "llama", "caller");
    }

    private static JsonObject Named(string name) =>
        new() { ["type"] = "function", ["function"] = new JsonObject { ["name"] = name } };
}
