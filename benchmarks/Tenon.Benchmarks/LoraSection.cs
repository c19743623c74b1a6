using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using Tenon.Llama;
using Tenon.Safetensors;
using static TorchSharp.torch;

namespace Tenon.Benchmarks;

/// <summary>
/// Measures <c>tenon run</c> with LoRA for each format of the base model: peak memory, time, and whether the loss falls. The base
/// model is a random Llama 3.2 1B in bfloat16, or a small one (<c>--small</c>), and a step trains on one sequence of 512 tokens.
/// </summary>
internal static class LoraSection
{
    private const int Tokens = 512;
    private const int TextVocabulary = 50257;

    private static readonly LlamaOptions _small = new()
    {
        Layers = 4,
        HiddenSize = 256,
        Heads = 8,
        KeyValueHeads = 2,
        ContextLength = Tokens,
        VocabularySize = TextVocabulary,
    };

    /// <summary>Measures and shows the results.</summary>
    public static void Show(Settings settings)
    {
        int steps = settings.Steps ?? 20;
        string folder = Directory.CreateTempSubdirectory("tenon-benchmark-").FullName;
        try
        {
            WriteModel(Path.Combine(folder, "base"), settings.IsSmall ? _small : new LlamaOptions { Preset = "llama-3.2-1b" });
            WriteText(Path.Combine(folder, "text.txt"), steps);
            Table table = Settings.Table(
                $"peak memory (VmHWM) of {steps} LoRA steps, {(settings.IsSmall ? "a small Llama" : "Llama 3.2 1B")}, {Tokens} tokens, " +
                $"{settings.Where}; losses are means of a quarter of the steps",
                "base", "precision", "GiB", "seconds", "loss at the start", "at the end", "fell");
            foreach ((string format, string precision) in new[] { ("bf16", "bf16"), ("int8", "bf16"), ("nf4", "bf16"), ("nf4", "fp32") })
            {
                string name = $"{format}-{precision}";
                var clock = Stopwatch.StartNew();
                double peak = PeakMemory.Of(
                    "run", Recipe(folder, name, steps, settings), "--strategy:baseWeights", format, "--device:precision", precision);
                double[] losses = [.. File.ReadLines(Path.Combine(folder, "runs", name, "metrics.jsonl"))
                    .Select(line => JsonNode.Parse(line)!["train/loss"]).OfType<JsonNode>().Select(loss => loss.GetValue<double>())];
                int quarter = (losses.Length + 3) / 4;
                double start = losses[..quarter].Average(), end = losses[^quarter..].Average();
                table.AddRow(
                    format, precision, $"{peak / (1 << 20):F2}", $"{clock.Elapsed.TotalSeconds:N0}", $"{start:F3}", $"{end:F3}",
                    end < start ? "yes" : "no");
            }

            Settings.Show(table);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Recipe(string folder, string name, int steps, Settings settings)
    {
        string file = Path.Combine(folder, $"{name}.json");
        File.WriteAllText(file, $$"""
            {
              "name": "{{name}}", "output": {{JsonSerializer.Serialize(Path.Combine(folder, "runs"))}},
              "device": { "use": "cpu", "threads": {{settings.Threads.ToString(CultureInfo.InvariantCulture)}} },
              "data": { "use": "text-files", "files": ["text.txt"], "documents": "line" },
              "model": { "use": "llama", "from": "base", "contextLength": {{Tokens}}, "activationCheckpointing": true },
              "strategy": { "use": "lora" },
              "training": { "steps": {{steps}}, "batchSize": 1, "learningRate": 1e-3, "schedule": "constant", "logEvery": 1 },
              "validation": { "share": 0 }
            }
            """);
        return file;
    }

    // Sentences from a small vocabulary, whose frequencies a model learns in a few steps.
    private static void WriteText(string file, int steps)
    {
        string[] words = ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki"];
        var random = new SeededRandom(3);
        var text = new StringBuilder();
        for (int count = 0; count < 2 * Tokens * (steps + 2); count++)
            text.Append(words[random.Next(words.Length)]).Append(count % 16 == 15 ? '\n' : ' ');
        File.WriteAllText(file, text.ToString());
    }

    private static void WriteModel(string folder, LlamaOptions shape)
    {
        Directory.CreateDirectory(folder);
        var architecture = new LlamaArchitecture();
        LlamaOptions options = architecture.Resolve(shape, new ModelFacts(null, new SpecialTokens(), new DataFacts()));
        using Generator seeded = manual_seed(1);
        using (var scope = NewDisposeScope())
        using (LlamaModel sizes = architecture.Build(options, new BuildContext(META, new Autocast())))
        {
            SafetensorsFile.Write(Path.Combine(folder, "model.safetensors"),
                [.. sizes.state_dict().Select(entry => (entry.Key, Values(entry.Value)))]);
        }

        foreach ((string file, JsonObject content) in architecture.Describe(options).Files)
            File.WriteAllText(Path.Combine(folder, file), content.ToJsonString());
        SyntheticTokenizer.Write(folder, TextVocabulary);
    }

    // Gains are 1, and weights N(0, 0.02²).
    private static Tensor Values(Tensor shape)
    {
        using var scope = NewDisposeScope();
        Tensor values = shape.ndim == 1 ? ones(shape.shape) : randn(shape.shape) * 0.02;
        return values.to(ScalarType.BFloat16).MoveToOuterDisposeScope();
    }
}
