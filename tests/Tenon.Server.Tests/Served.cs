using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Tenon.Host;
using Tenon.Host.Serving;

namespace Tenon.Server.Tests;

/// <summary>Tests that share trained models and a server; one after the other, because torch's threads belong to the process.</summary>
[CollectionDefinition(Name)]
public sealed class ServedModelsInOneProcess : ICollectionFixture<Served>
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "served";
}

/// <summary>
/// Tiny models and a server with them: <c>chat</c> (a GPT on bytes with a chat template, almost untrained, so that its texts have
/// broken characters), <c>masked</c> and <c>labelled</c> (BERTs), and <c>images</c> (a diffusion model of digits).
/// </summary>
public sealed class Served : IAsyncLifetime
{
    private static readonly string[] Animals = ["cat", "dog", "bird", "fish"];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-server-");

    /// <summary>The library.</summary>
    public TenonHost Host { get; } = new();

    /// <summary>Client of the server.</summary>
    public HttpClient Client { get; private set; } = null!;

    /// <summary>Limits of the server's models.</summary>
    internal static ServingLimits Limits { get; } = new() { MaxRunning = 8, MaxWaiting = 24, PrefillTokens = 32 };

    internal TenonServer Server { get; private set; } = null!;

    internal ServedModel Chat { get; private set; } = null!;

    /// <summary>Path of a file or folder in the tests' folder.</summary>
    public string At(params string[] parts) => Path.Combine([_folder.FullName, .. parts]);

    /// <summary>Folder of a trained model.</summary>
    public string Model(string name) => At("runs", name);

    /// <summary>Trains the models and starts the server.</summary>
    public async Task InitializeAsync()
    {
        Write("chats.jsonl", i => $$"""{"prompt": "{{Animals[i % 4]}}", "response": "ok"}""");
        Write("text.txt", Sentence);
        Write("labels.jsonl", i => $$"""{"text": "{{Sentence(i)}}", "label": "{{(i % 2 == 0 ? "even" : "odd")}}"}""");
        Train("chat", """{ "use": "chat", "files": ["chats.jsonl"] }""", """ "tokenizer": { "use": "bytes" }""",
            """{ "use": "gpt", "layers": 2, "hiddenSize": 32, "heads": 2, "contextLength": 192 }""", "finetune");
        const string Bert = """{ "use": "bert", "layers": 1, "hiddenSize": 32, "heads": 2, "contextLength": 24 }""";
        const string Words = """ "tokenizer": { "use": "wordpiece", "vocabularySize": 60 }""";
        const string Few = """ "sampler": { "use": "ddim", "steps": 2 }, "samples": { "imagesPerClass": 1 }""";
        Train("masked", """{ "use": "text-files", "files": ["text.txt"], "documents": "line" }""", Words, Bert, "pretrain");
        Train("labelled", """{ "use": "labelled-text", "files": ["labels.jsonl"] }""", Words, Bert, "pretrain");
        Train("images", """{ "use": "digits" }""", Few, """{ "use": "diffusion", "preset": "tiny" }""", "pretrain");
        List<ServedModel> models = [];
        foreach (string name in new[] { "chat", "masked", "labelled", "images" })
            models.Add(await OpenAsync(name));
        Chat = models[0];
        Server = await TenonServer.StartAsync(new ServerOptions { MaxBodyBytes = 100_000 }, models);
        Client = new HttpClient { BaseAddress = Server.Address, Timeout = TimeSpan.FromMinutes(2) };
    }

    /// <summary>Stops the server.</summary>
    public async Task DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
        Host.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>Opens a model once more. The caller disposes it.</summary>
    internal Task<ServedModel> OpenAsync(string name, ServingLimits? limits = null, string? folder = null) =>
        ServedModel.OpenAsync(
            Host, name, new ModelOpening(folder ?? Model(name), "cpu", ["--device:threads=1"], "auto"), limits ?? Limits);

    /// <summary>Posts JSON and returns the status and the answer.</summary>
    public async Task<(HttpStatusCode Status, JsonNode Json)> PostAsync(string path, JsonObject body)
    {
        using HttpResponseMessage response = await Client.PostAsync(path, Json(body.ToJsonString()));
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    /// <summary>Posts JSON that must be accepted, and returns the answer.</summary>
    public async Task<JsonNode> AnswerAsync(string path, JsonObject body)
    {
        (HttpStatusCode status, JsonNode json) = await PostAsync(path, body);
        status.Should().Be(HttpStatusCode.OK, json.ToJsonString());
        return json;
    }

    /// <summary>Posts a request for a stream and returns its events, without the end.</summary>
    public async Task<List<JsonNode>> StreamAsync(string path, JsonObject body)
    {
        body["stream"] = true;
        using HttpResponseMessage response = await Client.PostAsync(path, Json(body.ToJsonString()));
        string text = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(HttpStatusCode.OK, text);
        response.Content.Headers.ContentType!.MediaType.Should().Be("text/event-stream");
        string[] events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        events.Should().OnlyContain(one => one.StartsWith("data: "));
        events[^1].Should().Be("data: [DONE]");
        return [.. events[..^1].Select(one => JsonNode.Parse(one["data: ".Length..])!)];
    }

    /// <summary>A body of JSON.</summary>
    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static string Sentence(int i) => $"the {Animals[i % 4]} sees the {Animals[i / 4 % 4]}.";

    private void Write(string name, Func<int, string> line) =>
        File.WriteAllLines(At(name), Enumerable.Range(0, 200).Select(line));

    private void Train(string name, string data, string sections, string model, string strategy)
    {
        File.WriteAllText(At($"{name}.json"), $$"""
            {
              "name": "{{name}}", "seed": 3, "device": { "use": "cpu", "threads": 1 }, "data": {{data}}, {{sections}},
              "model": {{model}}, "strategy": { "use": "{{strategy}}" },
              "training": { "steps": 2, "batchSize": 4, "learningRate": 1e-3 }, "validation": { "batches": 1 }
            }
            """);
        Host.Run(Host.Read(At($"{name}.json"), $"--output={At("runs")}").GetRecipe());
    }
}
