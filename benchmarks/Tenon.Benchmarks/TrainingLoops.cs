using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Tenon.Host;
using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Recipes;
using Tenon.Host.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Benchmarks;

/// <summary>The training variants that are compared. Each returns units per second over some steps, after warm-up steps.</summary>
internal static class TrainingLoops
{
    private const int WarmUp = 2;

    // One for the forward pass and two for the backward pass.
    private const int PassesOfTraining = 3;

    /// <summary>torch's modules and torch's AdamW, as a user of TorchSharp would write it.</summary>
    public static (double PerSecond, double Flop) Plain(Shape shape, int steps, IOpenDevice device)
    {
        using var model = new PlainGpt(shape);
        model.to(device.Torch);
        using var optimizer = optim.AdamW(model.parameters(), 1e-3);
        (Tensor ids, Tensor labels) = Workloads.Tokens(shape, device.Torch);
        double seconds = Measure(device, steps, () =>
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor loss = nn.functional.cross_entropy(model.forward(ids).view(-1, shape.VocabularySize), labels.view(-1));
            optimizer.zero_grad();
            loss.backward();
            nn.utils.clip_grad_norm_(model.parameters(), 1);
            optimizer.step();
            _ = loss.item<float>();
        });
        ids.Dispose();
        labels.Dispose();
        return (steps * shape.TokensPerStep / seconds, 0);
    }

    /// <summary>The plugin's model and the host's step, called directly: no recipe, no plugin loading, no data, no metrics.</summary>
    public static (double PerSecond, double Flop) Direct(string name, int steps, IOpenDevice device)
    {
        using Workload workload = Workloads.Build(name, device);
        using TrainingStep step = Step(workload.Model, steps + WarmUp);
        int i = 0;
        double seconds = Measure(device, steps, () => step.Run(i++, [workload.Batch], workload.Model.Loss));
        ModelCost cost = ((IHasCost)workload.Model).Cost;
        return (steps * workload.Units / seconds, PassesOfTraining * cost.ForwardFlop);
    }

    /// <summary>Forward and backward passes without updates, whose cost does not depend on the number of examples.</summary>
    public static (double PerSecond, double Flop) Gradients(Workload workload, int steps, IOpenDevice device)
    {
        using Workload owned = workload;
        workload.Model.Module.train();
        double seconds = Measure(device, steps, () =>
        {
            using DisposeScope scope = NewDisposeScope();
            workload.Model.Loss(workload.Batch).backward();
            workload.Model.Module.zero_grad(set_to_none: true);
        });
        return (steps * workload.Units / seconds, PassesOfTraining * ((IHasCost)workload.Model).Cost.ForwardFlop);
    }

    /// <summary>The complete run: recipe, loaded plugins, text, packing, prefetch, metrics, checkpoint.</summary>
    public static (double PerSecond, double Flop) Host(Shape shape, int steps, int threads, string precision)
    {
        string folder = Directory.CreateTempSubdirectory("tenon-benchmark-").FullName;
        try
        {
            File.WriteAllText(
                Path.Combine(folder, "text.txt"),
                string.Concat(Enumerable.Range(0, 60_000).Select(i => $"line {i} of the text that is trained on\n")));
            string recipe = Path.Combine(folder, "recipe.json");
            File.WriteAllText(recipe, $$"""
                {
                  "name": "benchmark", "output": "{{folder.Replace('\\', '/')}}/runs",
                  "device": { "use": "cpu", "precision": "{{precision}}", "threads": {{threads}} },
                  "data": { "use": "text-files", "files": ["text.txt"] },
                  "tokenizer": { "use": "bytes" },
                  "model": { "use": "gpt", "layers": {{shape.Layers}}, "hiddenSize": {{shape.HiddenSize}}, "heads": {{shape.Heads}},
                    "activation": "gelu",
                             "contextLength": {{shape.ContextLength}}, "vocabularySize": {{shape.VocabularySize}} },
                  "strategy": { "use": "pretrain" },
                  "training": { "steps": {{steps + WarmUp}}, "batchSize": {{shape.BatchSize}}, "logEvery": {{WarmUp}} },
                  "validation": { "share": 0 }
                }
                """);
            using var host = new TenonHost(new TenonOptions(), NullLoggerFactory.Instance);
            RecipeReading reading = host.Read(recipe);
            string metrics = host.Run(reading.Recipe ?? throw new RecipeException(reading.Findings)).Folder.Metrics;

            // Without the warm-up steps, like the other variants.
            var seconds = MetricsLog.Read(metrics, "time/seconds").ToDictionary(figure => figure.Step, figure => figure.Value);
            return (steps * shape.TokensPerStep / (seconds[steps + WarmUp] - seconds[WarmUp]), 0);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The host's step for a model. The caller disposes it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="steps">Steps of the schedule.</param>
    public static TrainingStep Step(IModel model, long steps)
    {
        model.Module.train();
        return new TrainingStep(
            new TrainedParameters(model.Module, new OptimizationSetup()),
            new TrainingOptions { Steps = steps, LearningRate = 1e-3 }, Precision.Fp32, new SeededRandom(1));
    }

    private static double Measure(IOpenDevice device, int steps, Action step)
    {
        for (int i = 0; i < WarmUp; i++)
            step();
        device.Synchronize();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < steps; i++)
            step();
        device.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
