using System.Diagnostics;
using Spectre.Console;
using Tenon.Gpt;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Benchmarks;

/// <summary>Token-by-token generation with the smallest GPT-2: one sequence, each weight format.</summary>
internal static class DecodeSection
{
    private const int Prompt = 8, Tokens = 128;

    /// <summary>Measures and shows the results. All formats run in one process, one after the other in each round.</summary>
    public static void Show(Settings settings)
    {
        int tokens = settings.Steps ?? Tokens;
        using IOpenDevice device = Case.Open(settings.Device, "fp32", settings.Threads);
        var architecture = new GptArchitecture();
        GptOptions options = architecture.Resolve(
            new GptOptions { Preset = "gpt2", VocabularySize = 50257 }, new ModelFacts(50257, new SpecialTokens(), new DataFacts()));
        using Generator seeded = manual_seed(1);
        var autocast = new Autocast();
        using GptModel model = architecture.Build(options, new BuildContext(CPU, autocast));
        model.to(device.Torch);
        model.eval();
        // Positions are not read in full, and biases are small.
        double read = model.named_parameters().Where(p => p.parameter.ndim == 2 && !p.name.Contains("wpe", StringComparison.Ordinal))
            .Sum(p => (double)p.parameter.numel());

        (string Name, WeightFormat? Format, int Bytes)[] forms =
        [
            ("fp32, as loaded", null, 4), ("fp32", WeightFormat.Fp32, 4), ("bf16", WeightFormat.Bf16, 2),
            .. settings.Device == "cpu" ? new (string, WeightFormat?, int)[] { ("int8", WeightFormat.Int8, 1) } : [],
        ];
        var measured = forms.ToDictionary(form => form.Name, _ => new List<double>());
        var copies = new List<double>();
        for (int round = 0; round < settings.Rounds; round++)
        {
            copies.Add(Machine.CopyBandwidth(device));
            foreach ((string name, WeightFormat? format, _) in forms)
            {
                model.PackWeights(format);
                // A GPU computes with bf16 weights in bf16; the CPU converts them to float32.
                autocast.Type = format == WeightFormat.Bf16 && settings.Device != "cpu" ? ScalarType.BFloat16 : ScalarType.Float32;
                measured[name].Add(Decode(model, tokens, device.Torch));
                Console.Error.WriteLine($"round {round + 1} of {settings.Rounds}: {name} {measured[name][^1]:N1} per second");
            }
        }

        double bandwidth = CaseResult.Middle([.. copies]);
        double baseline = CaseResult.Middle([.. measured[forms[0].Name]]);
        Table table = Settings.Table(
            $"decoding with GPT-2 124M, 1 sequence, {tokens} tokens, {settings.Where}, medians of {settings.Rounds}; a copy moves " +
            $"{bandwidth / 1e9:N1} GB/s",
            "weights", "tokens per second", "ratio", "weights read, GB/s", "share of the copy's bandwidth");
        foreach ((string name, _, int bytes) in forms)
        {
            double perSecond = CaseResult.Middle([.. measured[name]]);
            table.AddRow(
                name, $"{perSecond:N1}", $"{perSecond / baseline:F2}", $"{read * bytes * perSecond / 1e9:N1}",
                $"{read * bytes * perSecond / bandwidth:P0}");
        }

        Settings.Show(table);
    }

    private static double Decode(GptModel model, int tokens, Device device)
    {
        using var untracked = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using IKeyValueCache cache = model.NewCache(1, Prompt + tokens);
        Tensor next = model.Logits(arange(Prompt, ScalarType.Int64, device).unsqueeze(0), cache: cache, lastOnly: true).argmax(-1);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < tokens; i++)
        {
            using DisposeScope token = NewDisposeScope();
            Tensor chosen = model.Logits(next, cache: cache, lastOnly: true).argmax(-1); // [1, 1, V] -> [1, 1]
            _ = chosen.item<long>();
            next.Dispose();
            next = chosen.MoveToOuterDisposeScope();
        }

        return tokens / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
