using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Tenon.Server.Tests;
using AIMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Tenon.Extensions.AI.Tests;

/// <summary>A chat model as <see cref="IChatClient"/>.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class ChatClientTests(Served served)
{
    private static readonly AIMessage[] Messages = [new(ChatRole.System, "be short"), new(ChatRole.User, "dog")];

    private enum Pet
    {
        Cat,
        Dog,
    }

    [Fact]
    public async Task A_reply_equals_the_servers_with_the_same_settings()
    {
        await using TenonChatClient client = InProcess.Chat(served);

        ChatResponse response = await client.GetResponseAsync(Messages, new ChatOptions
        {
            MaxOutputTokens = 30,
            Temperature = 0.7f,
            TopP = 0.9f,
            TopK = 40,
            Seed = 6,
            FrequencyPenalty = 0.3f,
            PresencePenalty = -0.2f,
        });
        JsonNode answer = await served.AnswerAsync("/v1/chat/completions", new JsonObject
        {
            ["model"] = "chat",
            ["messages"] = JsonNode.Parse(
                """[{"role": "system", "content": "be short"}, {"role": "user", "content": "dog"}]"""),
            ["max_tokens"] = 30,
            ["temperature"] = 0.7,
            ["top_p"] = 0.9,
            ["top_k"] = 40,
            ["seed"] = 6,
            ["frequency_penalty"] = 0.3,
            ["presence_penalty"] = -0.2,
        });

        response.Text.Should().NotBeEmpty().And.Be(answer["choices"]![0]!["message"]!["content"]!.GetValue<string>());
        response.Usage!.InputTokenCount.Should().Be(answer["usage"]!["prompt_tokens"]!.GetValue<long>());
        response.Usage.OutputTokenCount.Should().Be(answer["usage"]!["completion_tokens"]!.GetValue<long>());
        response.FinishReason!.Value.Value.Should().Be(answer["choices"]![0]!["finish_reason"]!.GetValue<string>());
        response.ModelId.Should().Be("chat");
        response.Messages.Should().ContainSingle().Which.Role.Should().Be(ChatRole.Assistant);
    }

    [Fact]
    public async Task A_stream_yields_the_text_in_parts_and_then_how_it_ended()
    {
        await using TenonChatClient client = InProcess.Chat(served);
        var options = new ChatOptions { MaxOutputTokens = 40, Seed = 3 };

        ChatResponse whole = await client.GetResponseAsync(Messages, options);
        List<ChatResponseUpdate> updates = [];
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(Messages, options))
            updates.Add(update);

        string.Concat(updates.Select(update => update.Text)).Should().Be(whole.Text);
        updates.Should().HaveCountGreaterThan(2);
        updates[^1].FinishReason.Should().Be(whole.FinishReason);
        updates[..^1].Should().OnlyContain(update => update.FinishReason == null);
        updates[^1].Contents.OfType<UsageContent>().Single().Details.OutputTokenCount.Should().BeInRange(1, 40);
        updates.Select(update => update.ResponseId).Distinct().Should().ContainSingle();
    }

    [Fact]
    public async Task Formats_constrain_the_reply()
    {
        await using TenonChatClient client = InProcess.Chat(served);
        var options = new ChatOptions { Seed = 2, MaxOutputTokens = 100 };

        ChatResponse<Answer> typed = await client.GetResponseAsync<Answer>(Messages, options);
        ChatResponse json = await client.GetResponseAsync(Messages, new ChatOptions
        {
            Seed = 4,
            ResponseFormat = ChatResponseFormat.ForJsonSchema(
                JsonElement.Parse("""{ "type": "array", "items": { "enum": [1, 2] }, "minItems": 3, "maxItems": 3 }""")),
        });

        typed.Result.Pet.Should().BeOneOf(Pet.Cat, Pet.Dog);
        json.FinishReason.Should().Be(ChatFinishReason.Stop);
        JsonSerializer.Deserialize<int[]>(json.Text).Should().HaveCount(3).And.OnlyContain(number => number == 1 || number == 2);
    }

    [Fact]
    public async Task Own_options_of_the_library_add_what_the_interface_lacks()
    {
        await using TenonChatClient client = InProcess.Chat(served);
        var bias = new SamplingOptions { MaxNewTokens = 9, LogitBias = new Dictionary<int, double> { ['A'] = 100 } };

        ChatResponse five = await client.GetResponseAsync(
            Messages, new ChatOptions { MaxOutputTokens = 5, RawRepresentationFactory = _ => bias });
        ChatResponse stopped = await client.GetResponseAsync(
            Messages, new ChatOptions { StopSequences = ["AAA"], RawRepresentationFactory = _ => bias });

        five.Text.Should().Be("AAAAA");
        five.FinishReason.Should().Be(ChatFinishReason.Length);
        stopped.Text.Should().BeEmpty();
        stopped.FinishReason.Should().Be(ChatFinishReason.Stop);
    }

    public static TheoryData<string, ChatOptions> Unsupported => new()
    {
        { "ConversationId", new() { ConversationId = "1" } },
        { "Reasoning", new() { Reasoning = new ReasoningOptions { Effort = ReasoningEffort.High } } },
        { "AdditionalProperties[\"min_p\"]", new() { AdditionalProperties = new() { ["min_p"] = 0.1 } } },
        { "'ModelId' is 'other', but the client has only the model 'chat'", new() { ModelId = "other" } },
        { "'RawRepresentationFactory' returned a String", new() { RawRepresentationFactory = _ => "x" } },
    };

    [Theory]
    [MemberData(nameof(Unsupported))]
    public async Task Options_that_cannot_be_honoured_are_refused_by_name(string message, ChatOptions options)
    {
        await using TenonChatClient client = InProcess.Chat(served);

        Func<Task> request = () => client.GetResponseAsync(Messages, options);

        await request.Should().ThrowAsync<NotSupportedException>().WithMessage($"*{message}*");
    }

    public static TheoryData<string, ChatOptions> Wrong => new()
    {
        { "'Temperature' is -1; allowed: 0 … 100.", new() { Temperature = -1 } },
        { "'TopP' is 1.5; allowed: 0 … 1.", new() { TopP = 1.5f } },
        { "'TopK' is -1; allowed: 0 or more.", new() { TopK = -1 } },
        { "'MaxOutputTokens' is 0; allowed: 1 or more.", new() { MaxOutputTokens = 0 } },
        { "'FrequencyPenalty' is 3; allowed: -2 … 2.", new() { FrequencyPenalty = 3 } },
        { "'PresencePenalty' is -3; allowed: -2 … 2.", new() { PresencePenalty = -3 } },
        { "'StopSequences' contains an empty text", new() { StopSequences = ["a", ""] } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Wrong_values_are_refused_with_the_allowed_ones(string message, ChatOptions options)
    {
        await using TenonChatClient client = InProcess.Chat(served);

        Func<Task> request = () => client.GetResponseAsync(Messages, options);

        await request.Should().ThrowAsync<ArgumentException>().WithMessage($"{message}*");
    }

    [Fact]
    public async Task Messages_that_cannot_be_read_are_refused()
    {
        await using TenonChatClient client = InProcess.Chat(served);

        Func<Task> none = () => client.GetResponseAsync(Array.Empty<AIMessage>());
        Func<Task> image = () => client.GetResponseAsync([new(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")])]);
        Func<Task> role = () => client.GetResponseAsync([new(new ChatRole("critic"), "x")]);
        Func<Task> tooLong = () => client.GetResponseAsync(new string('a', 300));

        await none.Should().ThrowAsync<ArgumentException>().WithMessage("There are no messages.*");
        await image.Should().ThrowAsync<NotSupportedException>().WithMessage("*contains DataContent, which is not supported*");
        await role.Should().ThrowAsync<NotSupportedException>().WithMessage("*the role 'critic'. Allowed: system, developer, user*");
        await tooLong.Should().ThrowAsync<ModelException>().WithMessage("*the context length is 192*");
    }

    [Fact]
    public void Instructions_are_the_start_of_the_system_text()
    {
        Conversation with = Conversations.Of(Messages, "speak French");
        Conversation without = Conversations.Of(Messages[1..], "speak French");

        with.Messages.Select(message => (message.Role, message.Content)).Should()
            .Equal(("system", "speak French\nbe short"), ("user", "dog"));
        without.Messages.Select(message => (message.Role, message.Content)).Should()
            .Equal(("system", "speak French"), ("user", "dog"));
    }

    [Fact]
    public async Task Concurrent_requests_equal_those_alone()
    {
        await using TenonChatClient client = InProcess.Chat(served);
        (string Text, ChatOptions Options)[] requests = [.. Enumerable.Range(0, 12).Select(i =>
            (new string("abc"[i % 3], 1 + 7 * i), new ChatOptions { Seed = i, MaxOutputTokens = 5 + 2 * i, Temperature = i % 2 }))];
        List<string> alone = [];
        foreach ((string text, ChatOptions options) in requests)
            alone.Add((await client.GetResponseAsync(text, options)).Text);

        ChatResponse[] together = await Task.WhenAll(requests.Select(request => client.GetResponseAsync(request.Text, request.Options)));

        together.Select(response => response.Text).Should().Equal(alone);
    }

    [Fact]
    public async Task A_reply_can_be_cancelled_and_the_client_goes_on()
    {
        await using TenonChatClient client = InProcess.Chat(served);
        using var stop = new CancellationTokenSource();
        var endless = new ChatOptions
        {
            RawRepresentationFactory = _ => new SamplingOptions
            {
                MaxNewTokens = 10_000,
                LogitBias = new Dictionary<int, double> { ['A'] = 100 },
            },
        };

        Func<Task> cancelled = async () =>
        {
            await foreach (ChatResponseUpdate _ in client.GetStreamingResponseAsync(Messages, endless, stop.Token))
                await stop.CancelAsync();
        };
        await cancelled.Should().ThrowAsync<OperationCanceledException>();
        await foreach (ChatResponseUpdate _ in client.GetStreamingResponseAsync(Messages, endless))
            break;

        (await client.GetResponseAsync(Messages, new ChatOptions { MaxOutputTokens = 3 })).FinishReason.Should().NotBeNull();
    }

    [Fact]
    public async Task Folders_that_cannot_chat_are_reported_when_they_are_opened()
    {
        await using TenonChatClient missing = new(served.Host, served.At("nowhere"), InProcess.Options());
        await using TenonChatClient masked = InProcess.Chat(served, "masked");

        Func<Task> nowhere = () => missing.OpenAsync();
        Func<Task> again = () => missing.GetResponseAsync("dog");
        Func<Task> wrong = () => masked.OpenAsync();

        await nowhere.Should().ThrowAsync<ModelException>().WithMessage("*nowhere' does not exist*");
        await again.Should().ThrowAsync<ModelException>().WithMessage("*nowhere' does not exist*");
        await wrong.Should().ThrowAsync<ModelException>();
    }

    [Fact]
    public async Task A_disposed_client_refuses_requests()
    {
        TenonChatClient client = InProcess.Chat(served);
        await client.GetResponseAsync(Messages, new ChatOptions { MaxOutputTokens = 1 });
        client.Dispose();
        client.Dispose();

        Func<Task> late = () => client.GetResponseAsync(Messages);

        await late.Should().ThrowAsync<ObjectDisposedException>();
        client.GetService<ChatClientMetadata>()!.DefaultModelId.Should().Be("chat");
        client.GetService<TenonChatClient>().Should().BeSameAs(client);
        client.GetService<string>().Should().BeNull();
    }

    private sealed record Answer(Pet Pet, bool IsYoung);
}
