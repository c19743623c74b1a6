namespace Tenon.Mpi.Tests;

/// <summary>Small recipes with everything that several processes must divide alike: dropout, clipping, schedule, accumulation.</summary>
internal static class ParallelRecipes
{
    /// <summary>A section with samples, as the last sections of a recipe.</summary>
    public const string Prompts = """, "samples": { "prompts": ["the "], "maxNewTokens": 12, "every": 25 }""";

    /// <summary>A decoder on text, with packed blocks.</summary>
    public static string Gpt(
        Workspace workspace, string name, int steps = 50, string optimizer = "adamw", string more = "", int layers = 2) =>
        Write(workspace, name, $$"""
              "data": { "use": "text-files", "files": ["text.txt"], "documents": "line" },
              "tokenizer": { "use": "bytes" },
              "model": { "use": "gpt", "layers": {{layers}}, "hiddenSize": 32, "heads": 2, "contextLength": 32, "dropout": 0.1,
                "attentionDropout": 0.1 },
              "strategy": { "use": "pretrain" },
            """, steps, optimizer, more);

    /// <summary>An encoder that fills masks, which are drawn in collate.</summary>
    public static string Bert(Workspace workspace, string name, int steps = 50, string optimizer = "adamw", string more = "") =>
        Write(workspace, name, $$"""
              "data": { "use": "text-files", "files": ["text.txt"], "documents": "line" },
              "tokenizer": { "use": "wordpiece", "vocabularySize": 300 },
              "model": { "use": "bert", "layers": 2, "hiddenSize": 32, "heads": 2, "feedForwardSize": 64, "contextLength": 32,
                "dropout": 0.1, "attentionDropout": 0.1 },
              "strategy": { "use": "pretrain" },
            """, steps, optimizer, more);

    /// <summary>A decoder with grouped key/value heads, norms of heads, a gate and a head of its own.</summary>
    public static string Llama(
        Workspace workspace, string name, int steps = 50, string optimizer = "adamw", string more = "", int layers = 2) =>
        Write(workspace, name, $$"""
              "data": { "use": "text-files", "files": ["text.txt"], "documents": "line" },
              "tokenizer": { "use": "bytes" },
              "model": { "use": "llama", "variant": "qwen3", "layers": {{layers}}, "hiddenSize": 32, "heads": 4, "keyValueHeads": 2,
                "contextLength": 32, "attentionDropout": 0.1 },
              "strategy": { "use": "pretrain" },
            """, steps, optimizer, more);

    /// <summary>A classifier of images.</summary>
    public static string Vit(Workspace workspace, string name, int steps = 50, string optimizer = "adamw", string more = "") =>
        Write(workspace, name, """
              "data": { "use": "digits" },
              "model": { "use": "vit", "patchSize": 4, "layers": 2, "hiddenSize": 32, "heads": 2, "feedForwardSize": 64, "dropout": 0.1,
                "attentionDropout": 0.1 },
              "strategy": { "use": "pretrain" },
            """, steps, optimizer, more);

    /// <summary>A decoder that samples responses, which a reward scores.</summary>
    public static string Rollouts(Workspace workspace, string name, string strategy, int steps = 12, string optimizer = "sgd") =>
        Write(workspace, name, $$"""
              "data": { "use": "sentence-starts", "files": ["text.txt"], "words": 2 },
              "tokenizer": { "use": "bytes" },
              "model": { "use": "gpt", "layers": 2, "hiddenSize": 32, "heads": 2, "contextLength": 48 },
              "reward": { "use": "regex", "pattern": "[ -~]", "count": true },
              "strategy": {{strategy}},
            """, steps, optimizer, "");

    private static string Write(Workspace workspace, string name, string parts, int steps, string optimizer, string more)
    {
        string file = workspace.At($"{name}.json");
        File.WriteAllText(file, $$"""
            {
              "name": "{{name}}",
              "device": { "use": "cpu", "threads": 1 },
            {{parts}}
              "training": {
                "steps": {{steps}}, "batchSize": 8, "accumulate": 2, "learningRate": 3e-3, "warmupSteps": 5, "clip": 0.5,
                "optimizer": "{{optimizer}}", "logEvery": 1
              },
              "validation": { "every": 25, "batches": 2 },
              "checkpoints": { "every": 10, "keep": 10 }{{more}}
            }
            """);
        return file;
    }
}
