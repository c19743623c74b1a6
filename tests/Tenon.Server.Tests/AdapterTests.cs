using System.Text.Json.Nodes;
using Tenon.Host;
using Tenon.Host.Models;
using Tenon.Host.Serving;

namespace Tenon.Server.Tests;

/// <summary>Adapters that share their base model in memory.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class AdapterTests(Served served)
{
    private const string Path = "/v1/chat/completions";

    [Fact]
    public async Task Each_adapter_replies_as_it_does_alone_and_the_base_is_in_memory_once()
    {
        string[] folders = [served.Model("chat"), served.Adapter("yes", "yes yes yes"), served.Adapter("no", "no no no")];
        var sampling = new SamplingOptions { MaxNewTokens = 12, Temperature = 0 };
        var expected = new List<string>();
        foreach (string folder in folders)
        {
            using OpenedModel alone = served.Host.Open(folder, "cpu", ["--device:threads=1"]);
            expected.Add(alone.Chat([new Conversation([new ChatMessage("user", "dog")])], sampling)[0].Text);
        }

        ServedModel[] models = await OpenAsync();
        nint[] Weights(OpenedModel opened) => [.. opened.Model.Module.parameters().Select(parameter => parameter.Handle)];
        var handles = new List<nint[]>();
        var owners = new List<OpenedModel>();
        foreach (ServedModel model in models)
        {
            handles.Add(await model.InvokeAsync((opened, _) => Weights(opened), CancellationToken.None));
            owners.Add(await model.InvokeAsync((opened, _) => opened, CancellationToken.None));
        }

        await using OtherServer server = await Served.StartAsync(new ServerOptions(), [.. models.Select(Task.FromResult)]);
        string[] replies = await Task.WhenAll(Enumerable.Range(0, 30).Select(async i => ChatCompletionsTests.Text(
            await server.Client.AnswerAsync(Path, Request(models[i % 3].Name)))));

        expected.Distinct().Should().HaveCount(3, "the adapters learned different replies");
        for (int i = 0; i < replies.Length; i++)
            replies[i].Should().Be(expected[i % 3], models[i % 3].Name);
        handles.Should().AllSatisfy(each => each.Should().Equal(handles[0]));
        owners.Select(opened => opened.Model).Distinct().Should().ContainSingle();
    }

    [Fact]
    public async Task A_prompt_that_one_adapter_has_read_never_serves_another()
    {
        const int Prefix = 40; // characters of the system text
        ServingLimits limits = Served.Limits with { CacheBytes = 10_000_000 };
        ServedModel[] models = await OpenAsync(limits), plain = await OpenAsync(limits with { PrefixBytes = 0 });
        await using OtherServer server = await Served.StartAsync(new ServerOptions(), [.. models.Select(Task.FromResult)]);
        await using OtherServer expected = await Served.StartAsync(new ServerOptions(), [.. plain.Select(Task.FromResult)]);
        string system = new('s', Prefix);
        string[] questions = ["dog", "cat", "bird", "dog"];
        var replies = new Dictionary<(string Model, string Question), string>();

        foreach ((int i, string question) in questions.Index())
        {
            foreach (ServedModel model in models)
            {
                long before = model.Engine!.State.ReusedTokens;
                string reply = await ReplyAsync(server, model.Name, system, question);
                long reused = model.Engine.State.ReusedTokens - before;

                replies[(model.Name, question)] = await ReplyAsync(expected, model.Name, system, question);
                reply.Should().Be(replies[(model.Name, question)], model.Name);
                if (i == 0)
                    reused.Should().Be(0, "only another adapter has read this system text");
                else
                    reused.Should().BeGreaterThan(Prefix);
            }
        }

        (string Model, string Question)[] together = [.. Enumerable.Range(0, 30).Select(i => (models[i % 3].Name, questions[i / 3 % 3]))];
        string[] found = await Task.WhenAll(together.Select(each => ReplyAsync(server, each.Model, system, each.Question)));

        found.Should().Equal(together.Select(each => replies[each]));
        replies.Where(each => each.Key.Question == "dog").Select(each => each.Value).Should().OnlyHaveUniqueItems("the models differ");
        plain.Select(model => model.Engine!.State.ReusedTokens).Should().OnlyContain(count => count == 0);
    }

    [Fact]
    public async Task Texts_of_adapters_take_turns()
    {
        var endless = new SamplingOptions { MaxNewTokens = 150, LogitBias = new Dictionary<int, double> { [65] = 100 } };
        ServedModel[] models = await OpenAsync();
        await using OtherServer server = await Served.StartAsync(new ServerOptions(), [.. models.Select(Task.FromResult)]);

        TextAnswers[] answers = [.. models.Select(model => model.Engine!.Start(
            [new TextRequest(model.Engine!.Prompt("x"), endless, new SeededRandom(1), [])], CancellationToken.None))];
        int[] tokens = await Task.WhenAll(answers.Select(async each =>
        {
            int count = 0;
            await foreach ((int _, TextPart part) in each.ReadAsync())
                count = part.TokenCount;
            each.Dispose();
            return count;
        }));

        tokens.Should().Equal(150, 150, 150);
    }

    [Fact]
    public async Task A_folder_that_cannot_share_the_model_is_refused()
    {
        await using ServedModel model = await OpenBaseAsync();

        Func<Task> none = () => model.OpenAdapterAsync(served.Host, "none", new AdapterChoice(served.Model("masked")));
        string whole = served.At("runs", "whole");
        if (!Directory.Exists(whole))
        {
            served.Train("whole", """{ "use": "chat", "files": ["chats.jsonl"] }""", """ "samples": { "imagesPerClass": 0 }""",
                """{ "use": "gpt", "from": "runs/chat" }""", """{ "use": "lora", "modulesToSave": ["wte"] }""");
        }

        Func<Task> replaces = () => model.OpenAdapterAsync(served.Host, "whole", new AdapterChoice(whole));

        await none.Should().ThrowAsync<ModelException>().WithMessage("*is not an adapter folder*");
        await replaces.Should().ThrowAsync<ModelException>().WithMessage("The adapter in '*' replaces '*' of its base model*by itself.");
        string text = await model.InvokeAsync((opened, stop) => opened.Generate(["dog"], stop: stop)[0].Text, CancellationToken.None);
        text.Should().NotBeNull("the model still works");
    }

    [Fact]
    public async Task A_scale_of_0_is_the_base_model()
    {
        await using ServedModel model = await OpenBaseAsync();
        var choice = new AdapterChoice(served.Adapter("yes", "yes yes yes"), Factor: 0);
        await using ServedModel off = await model.OpenAdapterAsync(served.Host, "off", choice);
        Task<string> Text(ServedModel of) => of.InvokeAsync(
            (opened, stop) => opened.Chat([new Conversation([new ChatMessage("user", "dog")])], seed: 3, stop: stop)[0].Text,
            CancellationToken.None);

        (await Text(off)).Should().Be(await Text(model));
    }

    private async Task<ServedModel[]> OpenAsync(ServingLimits? limits = null)
    {
        ServedModel model = await OpenBaseAsync(limits);
        return
        [
            model,
            await model.OpenAdapterAsync(served.Host, "yes", new AdapterChoice(served.Adapter("yes", "yes yes yes"))),
            await model.OpenAdapterAsync(served.Host, "no", new AdapterChoice(served.Adapter("no", "no no no"))),
        ];
    }

    private static async Task<string> ReplyAsync(OtherServer server, string model, string system, string question)
    {
        JsonObject request = Request(model);
        request["messages"] = new JsonArray(
            new JsonObject { ["role"] = "system", ["content"] = system }, new JsonObject { ["role"] = "user", ["content"] = question });
        return ChatCompletionsTests.Text(await server.Client.AnswerAsync(Path, request));
    }

    private Task<ServedModel> OpenBaseAsync(ServingLimits? limits = null) => ServedModel.OpenAsync(
        served.Host, "base", new ModelOpening(served.Model("chat"), "cpu", ["--device:threads=1"], "auto") { HasAdapters = true },
        limits ?? Served.Limits);

    private static JsonObject Request(string model)
    {
        JsonObject request = ChatCompletionsTests.Chat("dog", ("max_tokens", 12), ("temperature", 0));
        request["model"] = model;
        return request;
    }
}
