using System.Globalization;
using System.Text.Json.Nodes;

namespace Tenon.LabelStudy;

/// <summary>The recipes of the study's runs.</summary>
internal static class Recipes
{
    /// <summary>The labelled data: its section of a recipe, the share that is held out, and the numbers of labels.</summary>
    public static readonly IReadOnlyList<(string Name, string Section, double HeldOut, int[] Labels)> Data =
    [
        ("sdk-namespaces", """{ "use": "sdk-namespaces", "classes": 10, "perClass": 150 }""", 1 / 3.0, [10, 30, 100, 300, 1000]),
        ("sentiment", """{ "use": "sentiment" }""", 0.2, [10, 30, 100, 300, 800]),
    ];

    private const string Sizes =
        """ "use": "bert", "layers": 2, "hiddenSize": 128, "heads": 4, "contextLength": 48, "initialization": "mimetic" """;

    /// <summary>The model that is pre-trained on text without labels.</summary>
    public static JsonObject Base(string output) => Parse($$"""
        {
          "name": "base", "seed": 1, "output": {{Quote(output)}},
          "device": { "use": "cpu", "threads": 1, "precision": "auto" },
          "data": { "use": "sdk-docs" },
          "tokenizer": { "use": "bpe", "vocabularySize": 2048 },
          "model": { {{Sizes}}, "dropout": 0, "attentionDropout": 0, "maskShare": 0.2 },
          "strategy": { "use": "pretrain" },
          "training": { "steps": 10500, "batchSize": 32, "learningRate": 1e-3, "warmupSteps": 100, "logEvery": 100 },
          "validation": { "every": 2000, "share": 0.01 }
        }
        """);

    /// <summary>A recipe with labelled data. Only its data section is used.</summary>
    public static JsonObject Labelled(string data) => Parse($$"""
        {
          "device": { "use": "cpu" }, "data": {{Data.First(entry => entry.Name == data).Section}},
          "tokenizer": { "use": "bytes" }, "model": { {{Sizes}} }, "strategy": { "use": "pretrain" }
        }
        """);

    /// <summary>The run of a cell.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="rate">Its learning rate.</param>
    /// <param name="from">Folder of the pre-trained model, which also has the tokenizer of the runs from scratch.</param>
    /// <param name="output">The parent of the run's folder.</param>
    /// <param name="texts">The labelled texts, JSON Lines.</param>
    public static JsonObject Of(Cell cell, double rate, string from, string output, string texts)
    {
        double heldOut = Data.First(data => data.Name == cell.Data).HeldOut;
        string model = cell.Method.FromBase
            ? $$"""{ "use": "bert", "from": {{Quote(from)}}, "head": "sequence-classification" }"""
            : $$"""{ {{Sizes}}, "head": "sequence-classification" }""";
        // The number of steps is proportional to the number of labels, within bounds.
        int steps = Math.Clamp(8 * cell.Labels / BatchSize, 100, 200);
        return Parse(string.Create(CultureInfo.InvariantCulture, $$"""
            {
              "name": {{Quote(cell.Name)}}, "seed": {{cell.Seed}}, "output": {{Quote(output)}},
              "device": { "use": "cpu", "threads": 1, "precision": "auto" },
              "data": { "use": "labelled-text", "files": [{{Quote(texts)}}] },
              "tokenizer": { "use": "huggingface", "path": {{Quote(from)}} },
              "model": {{model}},
              "strategy": {{cell.Method.Strategy}},
              "training": {
                "steps": {{steps}}, "batchSize": {{BatchSize}}, "examples": {{cell.Labels}}, "learningRate": {{rate}}, "warmupSteps": 10,
                "beta2": 0.98, "logEvery": 1000
              },
              "validation": { "share": {{heldOut}}, "seed": {{cell.Division}} }
            }
            """));
    }

    private const int BatchSize = 32;

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    private static string Quote(string text) => JsonValue.Create(text).ToJsonString();
}
