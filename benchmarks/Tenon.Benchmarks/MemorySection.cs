using System.Globalization;
using Spectre.Console;
using Tenon.Gpt;
using Tenon.Safetensors;
using static TorchSharp.torch;

namespace Tenon.Benchmarks;

/// <summary>Measures the peak memory of <c>tenon generate</c> with the smallest GPT-2 for each weight format.</summary>
internal static class MemorySection
{
    private const int Vocabulary = 50257;

    /// <summary>Measures and shows the results.</summary>
    public static void Show(Settings settings)
    {
        string folder = Directory.CreateTempSubdirectory("tenon-benchmark-").FullName;
        try
        {
            WriteModel(folder);
            Table table = Settings.Table(
                $"peak memory (VmHWM) of tenon generate, GPT-2 124M, {settings.Steps ?? 64} tokens, {settings.Where}",
                "weights", "MiB", "GiB");
            foreach (string format in new[] { "fp32", "bf16", "int8" })
            {
                double peak = PeakMemory.Of(
                    "generate", folder, "--weights", format, "--prompt", "a b c d e f g h",
                    "--max-new-tokens", (settings.Steps ?? 64).ToString(CultureInfo.InvariantCulture),
                    $"--device:threads={settings.Threads.ToString(CultureInfo.InvariantCulture)}");
                table.AddRow(format, $"{peak / (1 << 10):N0}", $"{peak / (1 << 20):F2}");
            }

            Settings.Show(table);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Writes random weights, and a tokenizer with GPT-2's vocabulary size.
    private static void WriteModel(string folder)
    {
        var architecture = new GptArchitecture();
        GptOptions options = architecture.Resolve(
            new GptOptions { Preset = "gpt2", VocabularySize = Vocabulary },
            new ModelFacts(Vocabulary, new SpecialTokens(), new DataFacts()));
        using Generator seeded = manual_seed(1);
        using (GptModel model = architecture.Build(options, new BuildContext(CPU, new Autocast())))
            SafetensorsFile.Write(Path.Combine(folder, "model.safetensors"), model.state_dict().Select(entry => (entry.Key, entry.Value)));
        foreach ((string file, System.Text.Json.Nodes.JsonObject content) in architecture.Describe(options).Files)
            File.WriteAllText(Path.Combine(folder, file), content.ToJsonString());
        SyntheticTokenizer.Write(folder, Vocabulary);
    }
}
