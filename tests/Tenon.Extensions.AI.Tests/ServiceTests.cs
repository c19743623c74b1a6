using System.Diagnostics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Tenon.Host;
using Tenon.Server.Tests;

namespace Tenon.Extensions.AI.Tests;

/// <summary>The clients in a service container, with the parts of Microsoft.Extensions.AI around them.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class ServiceTests(Served served)
{
    [Fact]
    public async Task A_container_has_chat_client_and_embedding_generator()
    {
        var services = new ServiceCollection();
        services.AddTenonChatClient(served.Model("chat"), InProcess.Configure);
        services.AddTenonEmbeddingGenerator(served.Model("masked"), InProcess.Configure);
        await using ServiceProvider provider = services.BuildServiceProvider();

        IChatClient client = provider.GetRequiredService<IChatClient>();
        ChatResponse response = await client.GetResponseAsync("dog", new ChatOptions { MaxOutputTokens = 4 });
        var generator = provider.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>();
        Embedding<float> embedding = await generator.GenerateAsync("the cat");

        response.FinishReason.Should().NotBeNull();
        embedding.Vector.Length.Should().Be(32);
        provider.GetServices<TenonHost>().Should().ContainSingle("both share the library");
    }

    [Fact]
    public async Task A_cache_answers_repeated_requests()
    {
        var services = new ServiceCollection();
        string folder = served.Model("chat");
        services.AddDistributedMemoryCache();
        services.AddTenonChatClient(folder, options => options.DeviceSettings = ["--device:threads=1"])
            .UseDistributedCache().UseOpenTelemetry();
        await using ServiceProvider provider = services.BuildServiceProvider();
        IChatClient client = provider.GetRequiredService<IChatClient>();
        var random = new ChatOptions { MaxOutputTokens = 40, Temperature = 1 };

        string first = (await client.GetResponseAsync("dog", random)).Text;
        string again = (await client.GetResponseAsync("dog", random)).Text;
        string other = (await client.GetResponseAsync("cat", random)).Text;

        again.Should().Be(first, "requests without a seed differ unless they are cached");
        other.Should().NotBe(first);
        provider.GetRequiredService<IDistributedCache>().Should().NotBeNull();
    }

    [Fact]
    public async Task Telemetry_reports_model_and_tokens()
    {
        const string Source = "tenon-tests";
        List<Activity> activities = [];
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Source,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activities.Add,
        };
        ActivitySource.AddActivityListener(listener);
        var services = new ServiceCollection();
        services.AddTenonChatClient(served.Model("chat"), InProcess.Configure).UseOpenTelemetry(sourceName: Source);
        await using ServiceProvider provider = services.BuildServiceProvider();

        ChatResponse response = await provider.GetRequiredService<IChatClient>()
            .GetResponseAsync("dog", new ChatOptions { MaxOutputTokens = 4, Seed = 1 });

        Activity activity = activities.Should().ContainSingle().Which;
        activity.GetTagItem("gen_ai.response.model").Should().Be("chat");
        $"{activity.GetTagItem("gen_ai.usage.output_tokens")}".Should().Be($"{response.Usage!.OutputTokenCount}");
    }
}
