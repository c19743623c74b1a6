using System.ClientModel;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using OpenAI;
using Tenon.Host.Inference.Tools;
using Tenon.Host.Plugins.Loading;
using Tenon.Server;
using Tenon.Server.Tests;
using Tenon.Server.Tests.Tools;
using AIMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Tenon.Extensions.AI.Tests;

/// <summary>Functions that a model calls, in the process.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class ToolTests(Served served)
{
    private static readonly AIFunction _weather = AIFunctionFactory.Create(Weather, "weather", "Returns the weather of a city.");

    private enum City
    {
        Oslo,
        Rome,
    }

    private string Hermes => served.WithTemplate("hermes", ToolTemplates.All["hermes"]);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Functions_are_invoked_and_the_model_reads_their_results(bool streams)
    {
        string folder = Hermes;
        var services = new ServiceCollection();
        services.AddTenonChatClient(folder, InProcess.Configure).UseFunctionInvocation();
        await using ServiceProvider provider = services.BuildServiceProvider();
        IChatClient client = provider.GetRequiredService<IChatClient>();
        await using TenonChatClient plain = new(served.Host, folder, InProcess.Options());

        AIMessage[] messages = [.. (streams
            ? await client.GetStreamingResponseAsync("dog", Options(ChatToolMode.RequireAny)).ToChatResponseAsync()
            : await client.GetResponseAsync("dog", Options(ChatToolMode.RequireAny))).Messages];
        ChatResponse direct = await plain.GetResponseAsync([new(ChatRole.User, "dog"), .. messages[..2]], Options(null));

        messages.Select(message => message.Role).Should().Equal(ChatRole.Assistant, ChatRole.Tool, ChatRole.Assistant);
        FunctionCallContent call = messages[0].Contents.OfType<FunctionCallContent>().Should().ContainSingle().Which;
        FunctionResultContent result = messages[1].Contents.OfType<FunctionResultContent>().Should().ContainSingle().Which;
        call.Name.Should().Be("weather");
        call.CallId.Should().MatchRegex("^[A-Za-z0-9]{9}$").And.Be(result.CallId);
        City city = Enum.Parse<City>($"{call.Arguments!["city"]}");
        $"{result.Result}".Should().Be(Weather(city));
        messages[2].Text.Should().Be(direct.Text, "the model has read the call and its result");
    }

    [Fact]
    public async Task A_program_offers_a_method_to_the_model()
    {
        string folder = Hermes;
        var services = new ServiceCollection();
        services.AddTenonChatClient(folder, InProcess.Configure).UseFunctionInvocation();
        await using ServiceProvider provider = services.BuildServiceProvider();
        IChatClient client = provider.GetRequiredService<IChatClient>();

        AIFunction weather = AIFunctionFactory.Create(Weather, "weather", "Returns the weather of a city.");
        var options = new ChatOptions { Tools = [weather], ToolMode = ChatToolMode.RequireSpecific("weather"), Seed = 1 };
        ChatResponse response = await client.GetResponseAsync("Is it cold in Oslo?", options);

        response.Messages.Select(message => message.Role).Should().Equal(ChatRole.Assistant, ChatRole.Tool, ChatRole.Assistant);
    }

    [Fact]
    public async Task Calls_equal_those_of_a_server()
    {
        await using OtherServer server = await Served.StartAsync(new ServerOptions(), served.OpenAsync("hermes", folder: Hermes));
        using IChatClient remote = new OpenAIClient(
                new ApiKeyCredential("unused"), new OpenAIClientOptions { Endpoint = new Uri(server.Address, "v1") })
            .GetChatClient("hermes").AsIChatClient().AsBuilder().UseFunctionInvocation().Build();
        using IChatClient local = new TenonChatClient(served.Host, Hermes, InProcess.Options())
            .AsBuilder().UseFunctionInvocation().Build();

        foreach (ChatToolMode mode in new[] { ChatToolMode.RequireAny, ChatToolMode.RequireSpecific("weather") })
        {
            ChatResponse remotely = await remote.GetResponseAsync("dog", Options(mode));
            ChatResponse locally = await local.GetResponseAsync("dog", Options(mode));

            Shown(locally).Should().HaveCount(3).And.Equal(Shown(remotely));
        }
    }

    [Fact]
    public async Task A_model_that_learned_to_call_functions_calls_them()
    {
        await using TenonChatClient client = new(served.Host, ToolModels.Caller(served), InProcess.Options());
        ChatOptions automatic = Options(ChatToolMode.Auto);
        automatic.Tools!.Add(AIFunctionFactory.Create(() => "noon", "now")); // as in its training
        List<ChatResponseUpdate> updates = [];

        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync("dog", automatic))
            updates.Add(update);
        ChatResponse none = await client.GetResponseAsync("dog", Options(ChatToolMode.None));

        ChatResponse called = updates.ToChatResponse();
        called.Text.Should().Be("Yes.");
        called.FinishReason.Should().Be(ChatFinishReason.ToolCalls);
        updates.SelectMany(update => update.Contents).OfType<FunctionCallContent>().Should().ContainSingle()
            .Which.Arguments!.Should().ContainSingle().Which.Value!.ToString().Should().Be("Oslo");
        updates[..^1].Should().OnlyContain(update => update.FinishReason == null);
        none.FinishReason.Should().Be(ChatFinishReason.Stop);
        none.Text.Should().Contain("<tool_call>", "without functions, the reply is text");
        none.Messages[0].Contents.Should().NotContain(content => content is FunctionCallContent);
    }

    public static TheoryData<string, string, ChatOptions> Refused => new()
    {
        { "chat", "'Tools' is not supported by the model 'chat', whose chat template has no tools*", Options(null) },
        { "hermes", "'Tools' contains HostedWebSearchTool*Only functions are.", new() { Tools = [new HostedWebSearchTool()] } },
        { "hermes", "'ResponseFormat' is supported with 'Tools' only if*", Options(null, ChatResponseFormat.Json) },
        { "hermes", "'strict' of the function 'exact' is supported only with a 'ToolMode' that requires*", new() { Tools = [Strict()] } },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Functions_that_cannot_be_honoured_are_refused(string model, string message, ChatOptions options)
    {
        await using TenonChatClient client = new(served.Host, model == "chat" ? served.Model("chat") : Hermes, InProcess.Options());

        Func<Task> request = () => client.GetResponseAsync("dog", options);

        await request.Should().ThrowAsync<NotSupportedException>().WithMessage(message);
    }

    public static TheoryData<string, ChatOptions> Wrong => new()
    {
        { "'ToolMode' requires a call, but there are no 'Tools'*", new() { ToolMode = ChatToolMode.RequireAny } },
        { "'ToolMode' names the function 'weahter', which is not in 'Tools'. Did you mean 'weather'? Allowed: weather.*",
            Options(ChatToolMode.RequireSpecific("weahter")) },
        { "'Tools' has several functions with the name 'weather'.*", new() { Tools = [_weather, _weather] } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Wrong_functions_are_named(string message, ChatOptions options)
    {
        await using TenonChatClient client = new(served.Host, Hermes, InProcess.Options());

        Func<Task> request = () => client.GetResponseAsync("dog", options);

        await request.Should().ThrowAsync<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public async Task A_schema_that_is_not_supported_is_named()
    {
        await using TenonChatClient client = new(served.Host, Hermes, InProcess.Options());
        AIFunctionDeclaration odd = AIFunctionFactory.CreateDeclaration(
            "odd", "", JsonElement.Parse("""{"type": "object", "patternProperties": {}}"""));

        Func<Task> request = () => client.GetResponseAsync("dog", new ChatOptions { Tools = [odd], ToolMode = ChatToolMode.RequireAny });

        await request.Should().ThrowAsync<OptionsException>().WithMessage("Tools: odd: $.patternProperties: *");
    }

    [Fact]
    public async Task Calls_and_results_in_wrong_places_are_refused()
    {
        await using TenonChatClient chat = InProcess.Chat(served);
        await using TenonChatClient hermes = new(served.Host, Hermes, InProcess.Options());
        AIMessage call = new(ChatRole.Assistant, [new FunctionCallContent("1", "weather")]);
        AIMessage result = new(ChatRole.Tool, [new FunctionResultContent("2", "cold")]);

        Func<Task> noTools = () => chat.GetResponseAsync([new(ChatRole.User, "dog"), call]);
        Func<Task> noCall = () => hermes.GetResponseAsync([new(ChatRole.User, "dog"), call, result]);
        Func<Task> text = () => hermes.GetResponseAsync([new(ChatRole.Tool, "cold")]);
        Func<Task> asked = () => hermes.GetResponseAsync([new(ChatRole.User, [new FunctionCallContent("1", "weather")])]);

        await noTools.Should().ThrowAsync<NotSupportedException>().WithMessage("'FunctionCallContent' is not supported by the model*");
        await noCall.Should().ThrowAsync<ArgumentException>().WithMessage("*result of the call '2', but no message before it*Calls: 1.*");
        await text.Should().ThrowAsync<NotSupportedException>().WithMessage("*'tool' contains TextContent*Only results of functions are.");
        await asked.Should().ThrowAsync<NotSupportedException>().WithMessage("*'user' contains FunctionCallContent*Only text is.");
    }

    [Fact]
    public void Messages_become_those_of_chat_templates()
    {
        Conversation conversation = Conversations.Of(
        [
            new(ChatRole.Assistant,
            [
                new TextContent("I look."),
                new FunctionCallContent("a", "weather", new Dictionary<string, object?> { ["city"] = City.Oslo }),
                new FunctionCallContent("b", "now"),
            ]),
            new(ChatRole.Tool, [new FunctionResultContent("a", "cold"), new FunctionResultContent("b", new { Hour = 12 })]),
        ], null);

        conversation.Messages.Select(message => (message.Role, message.Content)).Should()
            .Equal(("assistant", "I look."), ("tool", "cold"), ("tool", "{\n  \"hour\": 12\n}".ReplaceLineEndings()));
        conversation.Messages.Select(message => message.Fields).Should().Equal(
            """{"tool_calls":[{"id":"a","type":"function","function":{"name":"weather","arguments":{"city":"Oslo"}}},""" +
            """{"id":"b","type":"function","function":{"name":"now","arguments":{}}}]}""",
            """{"tool_call_id":"a","name":"weather"}""", """{"tool_call_id":"b","name":"now"}""");
    }

    [Fact]
    public void Arguments_that_are_not_text_are_a_fault_of_the_call()
    {
        FunctionCallContent broken = ChatTools.Content(new ToolCall("f", """{"a": "\ud83d"}"""));
        FunctionCallContent whole = ChatTools.Content(new ToolCall("f", """{"a": {"b": [1]}, "c": null}"""));

        broken.Exception.Should().NotBeNull();
        broken.Arguments.Should().BeNull();
        whole.Exception.Should().BeNull();
        whole.Arguments!.Keys.Should().Equal("a", "c");
    }

    private static string Weather(City city) => city == City.Oslo ? "cold" : "warm";

    private static ChatOptions Options(ChatToolMode? mode, ChatResponseFormat? format = null) => new()
    {
        Tools = [_weather],
        ToolMode = mode,
        AllowMultipleToolCalls = false,
        ResponseFormat = format,
        Temperature = 0,
        MaxOutputTokens = 150,
    };

    private static AIFunction Strict() => AIFunctionFactory.Create(() => 1, new AIFunctionFactoryOptions
    {
        Name = "exact",
        AdditionalProperties = new Dictionary<string, object?> { ["strict"] = true },
    });

    // Ids are random.
    private static string[] Shown(ChatResponse response) => [.. response.Messages.Select(message => string.Join('|',
        message.Contents.Select(content => content switch
        {
            FunctionCallContent call => $"{call.Name}({call.Arguments!["city"]})",
            FunctionResultContent result => $"={result.Result}",
            _ => content.ToString(),
        }).Prepend(message.Role.Value)))];
}
