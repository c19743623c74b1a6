using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Tenon.Gpt;
using Tenon.Host;
using Tenon.Host.Models;
using Tenon.Llama;
using Tenon.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Benchmarks;

/// <summary>
/// Compares generation with the native libraries of llama.cpp: prompts, decoding and peak memory of models with random weights, which
/// <c>tenon export</c> writes for llama.cpp. In each round, both run once for each format, each in its own process.
/// </summary>
internal static class LlamaCppSection
{
    /// <summary>Token ids of the models.</summary>
    public const int Vocabulary = 50257;

    private const int Prompt = 512, Tokens = 128;

    // Tenon's format and llama.cpp's.
    private static readonly (string Own, string Gguf)[] _formats = [("fp32", "f32"), ("bf16", "bf16"), ("int8", "q8_0")];

    private static readonly (string Name, string Title)[] _models =
        [("gpt2", "GPT-2 124M"), ("llama", "Llama of 0.5 B")];

    private static readonly LlamaOptions _llama = new()
    {
        Layers = 24,
        HiddenSize = 1024,
        Heads = 16,
        KeyValueHeads = 4,
        FeedForwardSize = 4864,
        ContextLength = 1024,
        VocabularySize = Vocabulary,
    };

    /// <summary>Measures and shows the results.</summary>
    public static void Show(Settings settings)
    {
        int tokens = settings.Steps ?? Tokens;
        string folder = Directory.CreateTempSubdirectory("tenon-benchmark-").FullName;
        try
        {
            Table table = Settings.Table(
                $"a prompt of {Prompt} tokens and {tokens} new ones, {settings.Where}, medians of {settings.Rounds}; " +
                "ratio: Tenon / llama.cpp",
                "model", "weights", "prompt, tokens/s", "llama.cpp", "ratio", "decoding, tokens/s", "llama.cpp", "ratio",
                "peak, MiB", "llama.cpp", "ratio");
            foreach ((string name, string title) in settings.IsSmall ? _models[..1] : _models)
            {
                string model = Path.Combine(folder, name);
                WriteModel(name, model);
                foreach ((string own, string gguf) in _formats)
                {
                    string file = Path.Combine(folder, $"{name}-{gguf}.gguf");
                    PeakMemory.Of("export", model, "--weights", gguf, "--output", file);
                    List<(Speeds Own, Speeds Other)> rounds = PairedRounds.Measure(
                        settings.Rounds, $"{name} {own}", () => Measure(settings, tokens, "own", model, own),
                        () => Measure(settings, tokens, "native", settings.Folders[0], file));
                    table.AddRow([
                        title, $"{own}, {gguf}", .. PairedRounds.Cells(rounds, s => s.Prompt, "N0"),
                        .. PairedRounds.Cells(rounds, s => s.Decode, "N1"), .. PairedRounds.Cells(rounds, s => s.Peak / 1024, "N0")]);
                    File.Delete(file);
                }
            }

            Settings.Show(table);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Measures a prompt and decoding in this process and prints the result.</summary>
    /// <param name="folder">Folder of the model.</param>
    /// <param name="weights">Format of the weights.</param>
    /// <param name="threads">Number of threads.</param>
    /// <param name="tokens">Number of new tokens.</param>
    public static void PrintOwn(string folder, string weights, int threads, int tokens)
    {
        using var host = new TenonHost(new TenonOptions(), NullLoggerFactory.Instance);
        using OpenedModel opened = host.Open(
            folder, "cpu", [$"--device:threads={threads}", "--device:precision=fp32"], weights: weights);
        var model = (ICausalLanguageModel)opened.Model;
        using var untracked = no_grad();
        using IDisposable inference = InferenceMode.Enter();
        using DisposeScope scope = NewDisposeScope();
        Tensor prompt = tensor(Enumerable.Range(0, Prompt).Select(position => (long)TokenAt(position)).ToArray()).unsqueeze(0);
        Read(); // warms up
        long start = Stopwatch.GetTimestamp();
        Read();
        double ofPrompt = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using IKeyValueCache cache = model.NewCache(1, Prompt + tokens);
        Tensor next = model.Logits(prompt, cache: cache, lastOnly: true).argmax(-1); // [1, 1]
        start = Stopwatch.GetTimestamp();
        for (int i = 0; i < tokens; i++)
        {
            using DisposeScope token = NewDisposeScope();
            Tensor chosen = model.Logits(next, cache: cache, lastOnly: true).argmax(-1);
            _ = chosen.item<long>();
            next.Dispose();
            next = chosen.MoveToOuterDisposeScope();
        }

        Print(ofPrompt, Stopwatch.GetElapsedTime(start).TotalSeconds, tokens);

        void Read()
        {
            using DisposeScope pass = NewDisposeScope();
            using IKeyValueCache filled = model.NewCache(1, Prompt + 1);
            _ = model.Logits(prompt, cache: filled, lastOnly: true).argmax(-1).item<long>();
        }
    }

    /// <summary>Measures llama.cpp in this process and prints the result.</summary>
    /// <param name="folder">Folder of its native libraries.</param>
    /// <param name="file">The model.</param>
    /// <param name="threads">Number of threads.</param>
    /// <param name="tokens">Number of new tokens.</param>
    public static void PrintNative(string folder, string file, int threads, int tokens)
    {
        int[] prompt = [.. Enumerable.Range(0, Prompt).Select(TokenAt)];
        using var model = new NativeLlama(folder, file, Prompt + tokens, Prompt, threads, Vocabulary);
        model.Next(prompt); // warms up
        model.Clear();
        long start = Stopwatch.GetTimestamp();
        int next = model.Next(prompt);
        double ofPrompt = Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        for (int i = 0; i < tokens; i++)
            next = model.Next([next]);
        Print(ofPrompt, Stopwatch.GetElapsedTime(start).TotalSeconds, tokens);
    }

    private static void Print(double secondsOfPrompt, double secondsOfTokens, int tokens)
    {
        using Process process = Process.GetCurrentProcess();
        Console.WriteLine(Case.Marker + JsonSerializer.Serialize(
            new Speeds(Prompt / secondsOfPrompt, tokens / secondsOfTokens, process.PeakWorkingSet64 / 1024.0)));
    }

    private static int TokenAt(int position) => position * 37 % 1000 + 100;

    // Runs 'native' with llama.cpp's libraries and a file, or 'own' with a folder and the format of the weights.
    private static Speeds Measure(Settings settings, int tokens, params string[] what) => Case.Result<Speeds>(
        [.. what, .. new[] { settings.Threads, tokens }.Select(number => number.ToString(CultureInfo.InvariantCulture))]);

    private static ICausalLanguageModel Build(string name)
    {
        using Generator seeded = manual_seed(1);
        var context = new BuildContext(CPU, new Autocast());
        return name == "gpt2" ? new GptArchitecture().Build(Gpt(), context) : new LlamaArchitecture().Build(Llama(), context);
    }

    /// <summary>Writes a model with random weights.</summary>
    /// <param name="name"><c>gpt2</c> or <c>llama</c>.</param>
    /// <param name="folder">Its folder, which is created.</param>
    public static void WriteModel(string name, string folder)
    {
        Directory.CreateDirectory(folder);
        using (ICausalLanguageModel model = Build(name))
        {
            SafetensorsFile.Write(
                Path.Combine(folder, "model.safetensors"), model.Module.state_dict().Select(entry => (entry.Key, entry.Value)));
        }

        ModelConfiguration described =
            name == "gpt2" ? new GptArchitecture().Describe(Gpt()) : new LlamaArchitecture().Describe(Llama());
        foreach ((string file, JsonObject content) in described.Files)
            File.WriteAllText(Path.Combine(folder, file), content.ToJsonString());
        SyntheticTokenizer.Write(folder, Vocabulary);
    }

    private static GptOptions Gpt() => new GptArchitecture().Resolve(
        new GptOptions { Preset = "gpt2", VocabularySize = Vocabulary }, new ModelFacts(Vocabulary, new SpecialTokens(), new DataFacts()));

    private static LlamaOptions Llama() =>
        new LlamaArchitecture().Resolve(_llama, new ModelFacts(null, new SpecialTokens(), new DataFacts()));

    // Tokens per second, and KiB.
    private sealed record Speeds(double Prompt, double Decode, double Peak);
}
