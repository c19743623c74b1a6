using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.AI;
using OpenAI;
using Tenon.Server.Tests;

namespace Tenon.Extensions.AI.Tests;

/// <summary>The package Microsoft.Extensions.AI.OpenAI as a client of the server: a program can swap one client for the other.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class OpenAIAdapterTests(Served served)
{
    private OpenAIClient Client => new(new ApiKeyCredential("unused"), new OpenAIClientOptions
    {
        Endpoint = new Uri(served.Server.Address, "v1"),
        RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
    });

    [Fact]
    public async Task Replies_and_streams_equal_those_in_the_process()
    {
        using IChatClient remote = Client.GetChatClient("chat").AsIChatClient();
        await using TenonChatClient local = InProcess.Chat(served);
        ChatOptions Options() => new() { MaxOutputTokens = 30, Temperature = 0.5f, TopP = 0.9f, Seed = 11, Instructions = "be short" };

        ChatResponse remotely = await remote.GetResponseAsync("dog", Options());
        ChatResponse streamed = await remote.GetStreamingResponseAsync("dog", Options()).ToChatResponseAsync();
        ChatResponse inProcess = await local.GetResponseAsync("dog", Options());

        remotely.Text.Should().NotBeEmpty().And.Be(inProcess.Text);
        streamed.Text.Should().Be(inProcess.Text);
        remotely.FinishReason.Should().Be(inProcess.FinishReason);
        remotely.Usage!.OutputTokenCount.Should().Be(inProcess.Usage!.OutputTokenCount);
        streamed.Usage!.InputTokenCount.Should().Be(inProcess.Usage.InputTokenCount);
    }

    [Fact]
    public async Task A_schema_constrains_the_reply()
    {
        using IChatClient client = Client.GetChatClient("chat").AsIChatClient();

        ChatResponse<Verdict> verdict = await client.GetResponseAsync<Verdict>("dog", new ChatOptions { Seed = 2, MaxOutputTokens = 60 });

        verdict.TryGetResult(out Verdict? result).Should().BeTrue(verdict.Text);
        result.Should().NotBeNull();
    }

    [Fact]
    public async Task Embeds()
    {
        using IEmbeddingGenerator<string, Embedding<float>> remote = Client.GetEmbeddingClient("masked").AsIEmbeddingGenerator();
        await using TenonEmbeddingGenerator local = new(served.Host, served.Model("masked"), InProcess.Options());
        var options = new EmbeddingGenerationOptions { Dimensions = 16 };

        GeneratedEmbeddings<Embedding<float>> vectors = await remote.GenerateAsync(["the cat", "the dog"], options);
        GeneratedEmbeddings<Embedding<float>> expected = await local.GenerateAsync(["the cat", "the dog"], options);

        vectors.Select(vector => vector.Vector.ToArray()).Should()
            .BeEquivalentTo(expected.Select(vector => vector.Vector.ToArray()), each => each.WithStrictOrdering());
        vectors.Usage!.InputTokenCount.Should().Be(expected.Usage!.InputTokenCount);
    }

    [Fact]
    public async Task Errors_have_status_and_message()
    {
        using IChatClient unknown = Client.GetChatClient("nothing").AsIChatClient();
        using IChatClient chat = Client.GetChatClient("chat").AsIChatClient();

        Func<Task> noModel = () => unknown.GetResponseAsync("dog");
        Func<Task> tooLong = () => chat.GetResponseAsync(new string('a', 300));
        Func<Task> tooHot = () => chat.GetResponseAsync("dog", new ChatOptions { Temperature = 3 });

        (await noModel.Should().ThrowAsync<ClientResultException>().WithMessage("*'nothing' is not served*")).Which.Status.Should().Be(404);
        (await tooLong.Should().ThrowAsync<ClientResultException>().WithMessage("*context length is 192*")).Which.Status.Should().Be(400);
        (await tooHot.Should().ThrowAsync<ClientResultException>().WithMessage("*temperature*")).Which.Status.Should().Be(400);
    }

    private sealed record Verdict(bool IsGood, bool IsSure);
}
