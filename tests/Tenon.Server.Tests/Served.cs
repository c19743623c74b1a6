using System.Globalization;
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
    public Task<(HttpStatusCode Status, JsonNode Json)> PostAsync(string path, JsonObject body) => Client.PostAsync(path, body);

    /// <summary>Posts JSON that must be accepted, and returns the answer.</summary>
    public Task<JsonNode> AnswerAsync(string path, JsonObject body) => Client.AnswerAsync(path, body);

    /// <summary>Posts a request for a stream and returns its events, without the end.</summary>
    public Task<List<JsonNode>> StreamAsync(string path, JsonObject body) => Client.StreamAsync(path, body);

    /// <summary>Starts another server. The caller disposes it.</summary>
    internal static async Task<OtherServer> StartAsync(ServerOptions options, params Task<ServedModel>[] models) =>
        new(await TenonServer.StartAsync(options, await Task.WhenAll(models)));

    /// <summary>Returns the folder of the chat model with another chat template, which is made on first use.</summary>
    internal string WithTemplate(string name, string template)
    {
        string folder = At("templates", name);
        if (Directory.Exists(folder))
            return folder;
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(Model("chat")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), template);
        return folder;
    }

    /// <summary>Returns the folder of a LoRA adapter of the chat model, which is trained on first use.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="reply">What it learns to reply.</param>
    internal string Adapter(string name, string reply)
    {
        if (Directory.Exists(Model(name)))
            return Model(name);
        Write($"{name}.jsonl", i => $$"""{"prompt": "{{Animals[i % 4]}}", "response": "{{reply}}"}""");
        Train(name, $$"""{ "use": "chat", "files": ["{{name}}.jsonl"] }""", """ "samples": { "imagesPerClass": 0 }""",
            """{ "use": "gpt", "from": "runs/chat" }""", "lora", steps: 40, learningRate: 0.02);
        return Model(name);
    }

    /// <summary>A body of JSON.</summary>
    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    /// <summary>Writes a file of 200 lines.</summary>
    internal void Write(string name, Func<int, string> line) =>
        File.WriteAllLines(At(name), Enumerable.Range(0, 200).Select(line));

    /// <summary>Trains a model.</summary>
    internal void Train(
        string name, string data, string sections, string model, string strategy, int steps = 2, double learningRate = 1e-3)
    {
        string rate = learningRate.ToString(CultureInfo.InvariantCulture);
        string chosen = strategy.StartsWith('{') ? strategy : $$"""{ "use": "{{strategy}}" }""";
        File.WriteAllText(At($"{name}.json"), $$"""
            {
              "name": "{{name}}", "seed": 3, "device": { "use": "cpu", "threads": 1 }, "data": {{data}}, {{sections}},
              "model": {{model}}, "strategy": {{chosen}},
              "training": { "steps": {{steps}}, "batchSize": 4, "learningRate": {{rate}} }, "validation": { "batches": 1 }
            }
            """);
        Host.Run(Host.Read(At($"{name}.json"), $"--output={At("runs")}").GetRecipe());
    }

    private static string Sentence(int i) => $"the {Animals[i % 4]} sees the {Animals[i / 4 % 4]}.";
}
