using System.Text;
using System.Text.Json.Nodes;
using Tenon.Cli.Commands;
using Tenon.Host;
using Tenon.Host.Models;

namespace Tenon.Export.Tests;

/// <summary>A folder with a text, recipes that use it, and the trained models.</summary>
public sealed class Workshop : IDisposable
{
    private static readonly string[] Words =
    [
        "the", "cat", "dog", "bird", "fish", "horse", "mouse", "sees", "likes", "hears", "finds", "follows", "small", "large", "green",
        "old", "under", "near", "house", "garden", "river", "12", "7", "don't", "it's", "and", "then", "returns", "value", "naïve",
    ];

    private const string BytePairs = """{ "use": "bpe", "vocabularySize": 384 }""";
    private const string PreTraining = """{ "use": "pretrain" }""";

    private static readonly string PluginsFile = Path.Combine(AppContext.BaseDirectory, "plugins.json");

    private readonly Lazy<TenonHost> _host = new(() => new TenonHost(new TenonOptions { PluginsFile = PluginsFile }));
    private readonly Dictionary<string, string> _trained = [];

    public Workshop()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(At("text.txt"), Text(1500, seed: 7));
    }

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"tenon-export-{Guid.NewGuid():N}");

    /// <summary>Sentences from a second-order Markov chain, so that some words are certain and others are not.</summary>
    public static string Text(int sentences, int seed)
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        for (int sentence = 0; sentence < sentences; sentence++)
        {
            int before = 0, last = random.Next(Words.Length);
            for (int word = 0; word < 12; word++)
            {
                text.Append(word == 0 ? "" : " ").Append(Words[last]);
                // One of three successors, the first of which is the most frequent.
                int successor = (int)(3 * Math.Pow(random.NextDouble(), 3));
                (before, last) = (last, ((before * 7) + (last * 11) + (successor * 13) + 3) % Words.Length);
            }

            text.Append(".\n");
        }

        return text.ToString();
    }

    public string At(params string[] parts) => Path.Combine([Folder, .. parts]);

    /// <summary>Runs a command of <c>tenon</c>.</summary>
    public static (int ExitCode, string Output, string Errors) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        int code = EntryPoint.Run([.. arguments, "--plugins", PluginsFile], output, errors);
        return (code, output.ToString(), errors.ToString());
    }

    /// <summary>Exports a folder, which fails with a message of one line.</summary>
    public static void Refused(string folder, string message, params string[] options)
    {
        (int code, string output, string errors) = Run(["export", folder, .. options]);
        code.Should().Be(4, output + errors);
        errors.Trim().Should().Contain(message).And.NotContain("\n");
    }

    /// <summary>Trains a model once, and returns its folder.</summary>
    /// <param name="name">Name of the run.</param>
    /// <param name="model">The model section.</param>
    /// <param name="tokenizer">The tokenizer section; null for byte-level BPE.</param>
    /// <param name="steps">Training steps.</param>
    /// <param name="strategy">The strategy section; null for pre-training.</param>
    public string Train(string name, string model, string? tokenizer = null, int steps = 120, string? strategy = null)
    {
        if (_trained.TryGetValue(name, out string? known))
            return known;
        string recipe = At($"{name}.json");
        // Adapters take the tokenizer of their base model.
        string encoding = strategy is null ? $"\"tokenizer\": {tokenizer ?? BytePairs}," : "";
        File.WriteAllText(recipe, $$"""
            {
              "name": "{{name}}",
              "output": "{{At("runs")}}",
              "device": { "use": "cpu", "threads": 2 },
              "data": { "use": "text-files", "files": ["text.txt"] },
              {{encoding}}
              "model": {{model}},
              "strategy": {{strategy ?? PreTraining}},
              "training": { "steps": {{steps}}, "batchSize": 8, "learningRate": 4e-3, "warmupSteps": 10 }
            }
            """);
        (int code, string output, string errors) = Run("run", recipe);
        code.Should().Be(0, output + errors);
        return _trained[name] = At("runs", name);
    }

    /// <summary>Exports a folder, and returns the file.</summary>
    public string Export(string folder, params string[] options)
    {
        string file = At($"{Guid.NewGuid():N}.gguf");
        (int code, string output, string errors) = Run(["export", folder, "--output", file, .. options]);
        code.Should().Be(0, output + errors);
        output.Trim().Should().Be(file);
        return file;
    }

    /// <summary>Opens a folder with the library.</summary>
    public OpenedModel Open(string folder, params AdapterChoice[] adapters) => _host.Value.Open(folder, "cpu", adapters: adapters);

    /// <summary>Opens the tokenizer of a folder.</summary>
    public ITokenizer Tokenizer(string folder) => _host.Value.OpenTokenizer(folder);

    /// <summary>Copies a folder's files, and changes one of its JSON files.</summary>
    public string Changed(string folder, string file, Action<JsonObject> change)
    {
        string copy = At($"{Guid.NewGuid():N}");
        Directory.CreateDirectory(copy);
        foreach (string path in Directory.GetFiles(folder).Where(path => !path.EndsWith(".lock", StringComparison.Ordinal)))
            File.Copy(path, Path.Combine(copy, Path.GetFileName(path)));
        JsonObject content = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, file)))!.AsObject();
        change(content);
        File.WriteAllText(Path.Combine(copy, file), content.ToJsonString());
        return copy;
    }

    public void Dispose()
    {
        if (_host.IsValueCreated)
            _host.Value.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>The tests of this collection share the trained models.</summary>
[CollectionDefinition(Name)]
public sealed class WorkshopGroup : ICollectionFixture<Workshop>
{
    public const string Name = "workshop";
}
