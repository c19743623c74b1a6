using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Tenon.Gpt;
using Tenon.Host;
using Tenon.Host.Metrics;
using Tenon.Host.Native;
using Tenon.Host.Recipes;
using Tenon.Host.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Benchmarks;

/// <summary>The ways to train that are compared. Each gives tokens a second over some steps, after warm-up steps.</summary>
/// <param name="shape">Sizes.</param>
/// <param name="folder">Where the host's runs are written.</param>
internal sealed class TrainingLoops(Shape shape, string folder)
{
    private const int WarmUp = 2;

    /// <summary>torch's modules and torch's AdamW.</summary>
    public double Plain(int steps)
    {
        using var model = new PlainGpt(shape);
        using var optimizer = optim.AdamW(model.parameters(), 1e-3);
        return Measure(steps, (ids, labels) =>
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor loss = nn.functional.cross_entropy(model.forward(ids).view(-1, shape.VocabularySize), labels.view(-1));
            optimizer.zero_grad();
            loss.backward();
            nn.utils.clip_grad_norm_(model.parameters(), 1);
            optimizer.step();
            _ = loss.item<float>();
        });
    }

    /// <summary>The plugin's model and the host's step, called directly: no recipe, no plugin loading, no data, no metrics.</summary>
    public double Direct(int steps, Precision precision)
    {
        TorchRuntime.Prepare();
        if (precision == Precision.Fp32)
            ComputeTuning.OneDnnMatrixProducts(); // as the host does for a processor in fp32
        var autocast = new Autocast { Type = precision == Precision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32 };
        var options = new GptOptions
        {
            Layers = shape.Layers,
            HiddenSize = shape.HiddenSize,
            Heads = shape.Heads,
            ContextLength = shape.ContextLength,
            VocabularySize = shape.VocabularySize,
        };
        var architecture = new GptArchitecture();
        using GptModel model = architecture.Build(
            architecture.Resolve(options, new ModelFacts(shape.VocabularySize, new SpecialTokens(), new DataFacts())), new BuildContext(CPU, autocast));
        var training = new TrainingOptions { Steps = steps + WarmUp, LearningRate = 1e-3 };
        using var step = new TrainingStep(new TrainedParameters(model, new OptimizationSetup()), training, precision, new SeededRandom(1));
        int i = 0;
        return Measure(steps, (ids, labels) =>
        {
            using var batch = new Batch(
                [new(BatchNames.InputIds, ids.alias()), new(BatchNames.Labels, labels.alias())], shape.BatchSize, shape.TokensPerStep);
            step.Run(i++, [batch], model.Loss);
        });
    }

    /// <summary>The whole way: recipe, loaded plugins, text, packing, prefetch, metrics, checkpoint.</summary>
    public double Host(int steps, Precision precision)
    {
        string text = Path.Combine(folder, "text.txt");
        if (!File.Exists(text))
            File.WriteAllText(text, string.Concat(Enumerable.Range(0, 60_000).Select(i => $"line {i} of the text that is trained on\n")));
        string recipe = Path.Combine(folder, "recipe.json");
        File.WriteAllText(recipe, $$"""
            {
              "name": "benchmark", "output": "{{folder.Replace('\\', '/')}}/runs",
              "device": { "use": "cpu", "precision": "{{precision.ToString().ToLowerInvariant()}}" },
              "data": { "use": "text-files", "files": ["text.txt"] },
              "tokenizer": { "use": "bytes" },
              "model": { "use": "gpt", "layers": {{shape.Layers}}, "hiddenSize": {{shape.HiddenSize}}, "heads": {{shape.Heads}},
                         "contextLength": {{shape.ContextLength}}, "vocabularySize": {{Math.Max(257, shape.VocabularySize)}} },
              "strategy": { "use": "pretrain" },
              "training": { "steps": {{steps + WarmUp}}, "batchSize": {{shape.BatchSize}}, "logEvery": {{WarmUp}} },
              "validation": { "share": 0 }
            }
            """);
        using var host = new TenonHost(
            new TenonOptions { Console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(TextWriter.Null) }) }, NullLoggerFactory.Instance);
        RecipeReading reading = host.Read(recipe);
        string metrics = host.Run(reading.Recipe ?? throw new RecipeException(reading.Findings)).Folder.Metrics;

        // Without the warm-up steps, as the other ways are measured.
        var seconds = MetricsLog.Read(metrics, "time/seconds").ToDictionary(figure => figure.Step, figure => figure.Value);
        return steps * shape.TokensPerStep / (seconds[steps + WarmUp] - seconds[WarmUp]);
    }

    private double Measure(int steps, Action<Tensor, Tensor> step)
    {
        TorchRuntime.Prepare();
        using Tensor ids = randint(0, Math.Min(256, shape.VocabularySize), [shape.BatchSize, shape.ContextLength], ScalarType.Int64);
        using Tensor labels = ids.roll(-1, 1);
        for (int i = 0; i < WarmUp; i++)
            step(ids, labels);
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < steps; i++)
            step(ids, labels);
        return steps * shape.TokensPerStep / clock.Elapsed.TotalSeconds;
    }
}
