using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using OpenAI.Models;
using Tenon.Server.Tests.Tools;
using Message = OpenAI.Chat.ChatMessage;

namespace Tenon.Server.Tests;

/// <summary>The package OpenAI as a client of the server.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class OpenAiClientTests(Served served)
{
    private OpenAIClientOptions Options => new()
    {
        Endpoint = new Uri(served.Server.Address, "v1"),
        RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
    };

    private static ApiKeyCredential Credential => new("unused");

    [Fact]
    public async Task Chats_and_streams()
    {
        var client = new ChatClient("chat", Credential, Options);
        Message[] messages = [Message.CreateSystemMessage("be short"), Message.CreateUserMessage("dog")];
#pragma warning disable OPENAI001 // The seed is a preview in the package.
        ChatCompletionOptions Settings() =>
            new() { MaxOutputTokenCount = 30, Temperature = 0.5f, Seed = 6, IncludeLogProbabilities = true };
#pragma warning restore OPENAI001

        ChatCompletion whole = await client.CompleteChatAsync(messages, Settings());
        var pieces = new List<string>();
        ChatTokenUsage? usage = null;
        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync(messages, Settings()))
        {
            pieces.AddRange(update.ContentUpdate.Select(part => part.Text));
            usage = update.Usage ?? usage;
        }

        whole.Role.Should().Be(ChatMessageRole.Assistant);
        whole.FinishReason.Should().BeOneOf(ChatFinishReason.Stop, ChatFinishReason.Length);
        whole.ContentTokenLogProbabilities.Should().NotBeEmpty();
        string.Concat(pieces).Should().Be(whole.Content[0].Text);
        usage!.OutputTokenCount.Should().Be(whole.Usage.OutputTokenCount).And.BeInRange(1, 30);
    }

    [Fact]
    public async Task Calls_functions_and_reads_their_results()
    {
        await using OtherServer server = await Served.StartAsync(
            new ServerOptions(), served.OpenAsync("caller", folder: served.WithTemplate("hermes", ToolTemplates.All["hermes"])));
        var client = new ChatClient("caller", Credential, new OpenAIClientOptions { Endpoint = new Uri(server.Address, "v1") });
        ChatTool tool = ChatTool.CreateFunctionTool("weather", "Returns the weather.", BinaryData.FromString(
            """{"type": "object", "properties": {"city": {"type": "string", "enum": ["Oslo", "Rome"]}}, "required": ["city"]}"""));
        List<Message> messages = [Message.CreateUserMessage("dog")];
        ChatCompletionOptions Settings(ChatToolChoice choice) => new()
        {
            Tools = { tool },
            ToolChoice = choice,
            AllowParallelToolCalls = false,
            Temperature = 0,
            MaxOutputTokenCount = 100,
        };

        ChatCompletion whole = await client.CompleteChatAsync(messages, Settings(ChatToolChoice.CreateFunctionChoice("weather")));
        var streamed = new List<StreamingChatToolCallUpdate>();
        ChatFinishReason? reason = null;
        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync(
            messages, Settings(ChatToolChoice.CreateRequiredChoice())))
        {
            streamed.AddRange(update.ToolCallUpdates);
            reason = update.FinishReason ?? reason;
        }

        messages.Add(Message.CreateAssistantMessage(whole));
        messages.Add(Message.CreateToolMessage(whole.ToolCalls[0].Id, "cold"));
        ChatCompletion answer = await client.CompleteChatAsync(messages, Settings(ChatToolChoice.CreateNoneChoice()));

        whole.FinishReason.Should().Be(ChatFinishReason.ToolCalls);
        whole.ToolCalls.Should().ContainSingle().Which.FunctionName.Should().Be("weather");
        whole.ToolCalls[0].FunctionArguments.ToObjectFromJson<Dictionary<string, string>>()!["city"].Should().BeOneOf("Oslo", "Rome");
        reason.Should().Be(ChatFinishReason.ToolCalls);
        streamed.Should().ContainSingle().Which.FunctionArgumentsUpdate.ToString().Should()
            .Be(whole.ToolCalls[0].FunctionArguments.ToString());
        answer.ToolCalls.Should().BeEmpty();
        answer.FinishReason.Should().BeOneOf(ChatFinishReason.Stop, ChatFinishReason.Length);
    }

    [Fact]
    public async Task Embeds()
    {
        var client = new EmbeddingClient("masked", Credential, Options);

        OpenAIEmbeddingCollection vectors = await client.GenerateEmbeddingsAsync(
            ["the cat", "the dog"], new EmbeddingGenerationOptions { Dimensions = 16 });

        vectors.Select(vector => vector.ToFloats().Length).Should().Equal(16, 16);
        vectors.Usage.InputTokenCount.Should().BeGreaterThan(1);
    }

    [Fact]
    public async Task Lists_models_and_reports_errors()
    {
        var models = new OpenAIModelClient(Credential, Options);
        OpenAIModelCollection listed = await models.GetModelsAsync();
        var chat = new ChatClient("nothing", Credential, Options);

        Func<Task> unknown = () => chat.CompleteChatAsync(Message.CreateUserMessage("dog"));

        listed.Select(model => model.Id).Should().Equal("chat", "masked", "labelled", "images");
        (await unknown.Should().ThrowAsync<ClientResultException>().WithMessage("*'nothing' is not served*")).Which.Status.Should().Be(404);
    }
}
