using Tenon.Host;

namespace Tenon.Benchmarks.Serving;

/// <summary>A tiny GPT on bytes with a chat template. Its weights are large, so that its texts depend on the whole prompt.</summary>
internal static class LoadModel
{
    private const string Recipe = """
        {
          "name": "load", "seed": 3, "device": { "use": "cpu", "threads": 1 },
          "data": { "use": "chat", "files": ["chats.jsonl"] }, "tokenizer": { "use": "bytes" },
          "model": { "use": "gpt", "layers": 2, "hiddenSize": 32, "heads": 2, "contextLength": 192, "initializerRange": 0.3 },
          "strategy": { "use": "finetune" },
          "training": { "steps": 2, "batchSize": 4, "learningRate": 1e-3 }, "validation": { "batches": 1 }
        }
        """;

    /// <summary>Trains the model for two steps.</summary>
    /// <param name="folder">A folder for its run.</param>
    /// <returns>The model's folder.</returns>
    public static string Write(string folder)
    {
        File.WriteAllLines(Path.Combine(folder, "chats.jsonl"), Enumerable.Range(0, 40).Select(
            i => $$"""{"prompt": "{{"abcd"[i % 4]}}", "response": "ok"}"""));
        string recipe = Path.Combine(folder, "load.json");
        File.WriteAllText(recipe, Recipe);
        using var host = new TenonHost();
        host.Run(host.Read(recipe, $"--output={Path.Combine(folder, "runs")}").GetRecipe());
        return Path.Combine(folder, "runs", "load");
    }
}
