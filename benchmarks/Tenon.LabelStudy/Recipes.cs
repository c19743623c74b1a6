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

    private const string Sizes = """ "use": "bert", "layers": 3, "hiddenSize": 128, "heads": 4, "contextLength": 64 """;

    /// <summary>The model that is pre-trained on text without labels.</summary>
    public static JsonObject Base(string output) => Parse($$"""
        {
          "name": "base", "seed": 1, "output": {{Quote(output)}},
          "device": { "use": "cpu", "threads": 1 },
          "data": { "use": "sdk-docs" },
          "tokenizer": { "use": "bpe", "vocabularySize": 4096 },
          "model": { {{Sizes}}, "dropout": 0, "attentionDropout": 0 },
          "strategy": { "use": "pretrain" },
          "training": { "steps": 1500, "batchSize": 32, "learningRate": 2e-3, "warmupSteps": 100, "logEvery": 100 },
          "validation": { "every": 500, "share": 0.01 }
        }
        """);

    /// <summary>The run of a cell.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="from">Folder of the pre-trained model, which also has the tokenizer of the runs from scratch.</param>
    /// <param name="output">Where the run's folder is made.</param>
    public static JsonObject Of(Cell cell, string from, string output)
    {
        (_, string section, double heldOut, _) = Data.First(data => data.Name == cell.Data);
        string model = cell.Method.FromBase
            ? $$"""{ "use": "bert", "from": {{Quote(from)}}, "head": "sequence-classification" }"""
            : $$"""{ {{Sizes}}, "head": "sequence-classification" }""";
        // As many steps as the labels are worth, within bounds: about 20 passes over few, 3 to 4 over many.
        int steps = Math.Clamp(20 * cell.Labels / BatchSize, 60, 200);
        return Parse(string.Create(CultureInfo.InvariantCulture, $$"""
            {
              "name": {{Quote(cell.Name)}}, "seed": {{cell.Seed}}, "output": {{Quote(output)}},
              "device": { "use": "cpu", "threads": 1 },
              "data": {{section}},
              "tokenizer": { "use": "huggingface", "path": {{Quote(from)}} },
              "model": {{model}},
              "strategy": {{cell.Method.Strategy}},
              "training": {
                "steps": {{steps}}, "batchSize": {{BatchSize}}, "examples": {{cell.Labels}}, "learningRate": {{cell.Method.LearningRate}}, "warmupSteps": 10,
                "beta2": 0.98, "logEvery": 1000
              },
              "validation": { "share": {{heldOut}}, "seed": 1 }
            }
            """));
    }

    private const int BatchSize = 16;

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    private static string Quote(string text) => JsonValue.Create(text).ToJsonString();
}
