using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.TaskStudy;

/// <summary>The recipes of the study's runs.</summary>
/// <param name="size">How much is run.</param>
/// <param name="folder">The study's folder.</param>
/// <param name="threads">Threads of torch.</param>
internal sealed class StudyRecipes(StudySize size, string folder, int threads)
{
    /// <summary>Folder of the pre-trained model.</summary>
    public string Base { get; } = Path.Combine(folder, "base");

    /// <summary>Folder of the other runs, which is emptied between them.</summary>
    public string Runs { get; } = Path.Combine(folder, "runs");

    /// <summary>The learning rates that are tried for adapters.</summary>
    public static IReadOnlyList<double> AdapterRates { get; } = [1e-3, 3e-3, 1e-2];

    /// <summary>Pre-trains the large model, a decoder, on plain text.</summary>
    public JsonObject Pretraining() => Recipe(
        "base", folder, seed: 1,
        $$"""{ "use": "text-files", "files": [{{Quote(PlainText.File(folder))}}], "documents": "line" }""",
        """
        {
          "use": "llama", "layers": 4, "hiddenSize": 256, "heads": 4, "keyValueHeads": 4, "feedForwardSize": 768, "contextLength": 256
        }
        """,
        """{ "use": "bpe", "vocabularySize": 4096 }""", """{ "use": "pretrain" }""",
        Training(size.BaseSteps, 16, 3e-3));

    /// <summary>Trains an adapter of the large model.</summary>
    /// <param name="files">The task's files.</param>
    /// <param name="split">The split to validate on.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="seed">Seed of the run.</param>
    public JsonObject Adapter(TaskFiles files, TaskSplit split, double rate, int seed) => Recipe(
        "large", Runs, seed, files.LargeSection(split), $$"""{ "use": "llama", "from": {{Quote(Base)}} }""", tokenizer: null,
        """{ "use": "lora", "rank": 16, "keepBest": false }""", Training(size.AdapterSteps, 16, rate));

    /// <summary>Trains the small model of a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="files">Its files.</param>
    /// <param name="split">The split to validate on.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="seed">Seed of the run.</param>
    public JsonObject Small(StudyTask task, TaskFiles files, TaskSplit split, double rate, int seed) => Recipe(
        "small", Runs, seed, files.SmallSection(split), task.Small.Model, task.Small.Tokenizer,
        """{ "use": "pretrain" }""", Training(size.SmallSteps, 32, rate));

    private JsonObject Recipe(
        string name, string output, int seed, string data, string model, string? tokenizer, string strategy, string training)
    {
        JsonObject recipe = JsonNode.Parse($$"""
            {
              "name": "{{name}}", "seed": {{seed}}, "output": {{Quote(output)}},
              "device": { "use": "cpu", "threads": {{threads}}, "precision": "auto" },
              "data": {{data}}, "model": {{model}}, "strategy": {{strategy}}, "training": {{training}},
              "validation": { "share": 0 }
            }
            """)!.AsObject();
        if (tokenizer is not null)
            recipe["tokenizer"] = JsonNode.Parse(tokenizer);
        return recipe;
    }

    private static string Training(int steps, int batchSize, double rate) => string.Create(CultureInfo.InvariantCulture, $$"""
        {
          "steps": {{steps}}, "batchSize": {{batchSize}}, "learningRate": {{rate}}, "warmupSteps": {{steps / 20}}, "beta2": 0.98,
          "logEvery": 100
        }
        """);

    private static string Quote(string text) => JsonSerializer.Serialize(text);
}
