using System.Text;

namespace Tenon.Integration.Tests;

/// <summary>A folder of a test's own with a small text, and recipes on it.</summary>
public sealed class Workspace : IDisposable
{
    private static readonly string[] Nouns = ["cat", "dog", "bird", "fish", "horse", "mouse"];
    private static readonly string[] Verbs = ["sees", "likes", "hears", "finds", "follows"];

    /// <summary>Makes the folder and <c>text.txt</c>.</summary>
    public Workspace()
    {
        Directory.CreateDirectory(Folder);
        var random = new SeededRandom(7);
        var text = new StringBuilder();
        for (int i = 0; i < 3000; i++)
            text.Append($"the {Nouns[random.Next(Nouns.Length)]} {Verbs[random.Next(Verbs.Length)]} the " +
                $"{Nouns[random.Next(Nouns.Length)]}.\n");
        File.WriteAllText(Path.Combine(Folder, "text.txt"), text.ToString());
    }

    /// <summary>The folder.</summary>
    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"tenon-{Guid.NewGuid():N}");

    /// <summary>Writes a recipe of a tiny GPT on bytes.</summary>
    /// <param name="name">Name of recipe and run.</param>
    /// <param name="steps">Steps.</param>
    /// <param name="checkpoints">Steps between checkpoints.</param>
    /// <returns>The recipe's file.</returns>
    public string Recipe(string name, int steps, int checkpoints)
    {
        string file = Path.Combine(Folder, $"{name}.json");
        File.WriteAllText(file, $$"""
            {
              "name": "{{name}}",
              "device": { "use": "cpu", "threads": 1 },
              "data": { "use": "text-files", "files": ["text.txt"], "documents": "line" },
              "tokenizer": { "use": "bytes" },
              "model": { "use": "gpt", "layers": 2, "hiddenSize": 32, "heads": 2, "contextLength": 32, "dropout": 0.1 },
              "strategy": { "use": "pretrain" },
              "training": { "steps": {{steps}}, "batchSize": 4, "accumulate": 2, "learningRate": 3e-3, "warmupSteps": 5, "ema": 0.99, "logEvery": 5 },
              "validation": { "every": 20, "batches": 4 },
              "checkpoints": { "every": {{checkpoints}}, "keep": 2 },
              "samples": { "prompts": ["the "], "maxNewTokens": 10 }
            }
            """);
        return file;
    }

    /// <summary>A path in the folder.</summary>
    public string At(params string[] parts) => Path.Combine([Folder, .. parts]);

    /// <summary>Deletes the folder.</summary>
    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
