using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Tenon.Gpt;
using Tenon.Safetensors;
using static TorchSharp.torch;

namespace Tenon.Benchmarks;

/// <summary>Measures the peak memory of <c>tenon generate</c> with the smallest GPT-2 for each weight format.</summary>
internal static class MemorySection
{
    private const int Vocabulary = 50257;
    private const string Field = "VmHWM:";

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
                double peak = Peak(folder, format, settings);
                table.AddRow(format, $"{peak / (1 << 10):N0}", $"{peak / (1 << 20):F2}");
            }

            Settings.Show(table);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Returns KiB. VmHWM never decreases, so the last reading before the process exits is the peak.
    private static double Peak(string folder, string format, Settings settings)
    {
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "tenon.dll"), "generate", folder, "--weights", format, "--prompt", "a b c d e f g h",
            "--max-new-tokens", (settings.Steps ?? 64).ToString(CultureInfo.InvariantCulture),
            $"--device:threads={settings.Threads.ToString(CultureInfo.InvariantCulture)}",
        ];
        using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        double peak = 0;
        while (!process.WaitForExit(TimeSpan.FromMilliseconds(5)))
        {
            string? line = File.ReadLines($"/proc/{process.Id}/status")
                .FirstOrDefault(each => each.StartsWith(Field, StringComparison.Ordinal));
            if (line is not null)
                peak = double.Parse(line[Field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        }

        return process.ExitCode == 0
            ? peak
            : throw new InvalidOperationException(
                $"tenon generate --weights {format} exited with code {process.ExitCode}: {output.Result}");
    }

    // Writes random weights and a byte-level tokenizer with GPT-2's vocabulary size, whose merges join any two characters.
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

        // The printable characters that represent bytes in GPT-2's vocabulary.
        string[] bytes = [.. Enumerable.Range('!', '~' - '!' + 1).Concat(Enumerable.Range(0xA1, 0xAC - 0xA1 + 1))
            .Concat(Enumerable.Range(0xAE, 0xFF - 0xAE + 1)).Concat(Enumerable.Range(0x100, 68)).Select(code => ((char)code).ToString())];
        (string Left, string Right)[] merges =
            [.. bytes.SelectMany(left => bytes.Select(right => (left, right))).Take(Vocabulary - bytes.Length - 1)];
        string[] tokens = [.. bytes, .. merges.Select(merge => merge.Left + merge.Right), "<|endoftext|>"];
        File.WriteAllText(
            Path.Combine(folder, "vocab.json"), JsonSerializer.Serialize(tokens.Index().ToDictionary(entry => entry.Item, entry => entry.Index)));
        File.WriteAllLines(
            Path.Combine(folder, "merges.txt"), ["#version: 0.2", .. merges.Select(merge => $"{merge.Left} {merge.Right}")]);
    }
}
