using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Tenon.Host.Artifacts;
using Tenon.Host.Events;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;
using Tenon.Host.Training;
using Tenon.Host.Training.Checkpoints;
using TorchSharp;

namespace Tenon.Host.Tests.Training;

/// <summary>A run of the tiny classifier in a folder that goes away with it.</summary>
internal sealed class TestRun : IDisposable
{
    private readonly DirectoryInfo output = Directory.CreateTempSubdirectory("tenon-run-");

    public TestRun(TrainingOptions training, Func<Recipe, Recipe>? change = null)
    {
        IConfigurationSection none = new ConfigurationBuilder().Build().GetSection("none");
        var recipe = new Recipe
        {
            Name = "tiny",
            Output = output.FullName,
            BaseDirectory = output.FullName,
            Components = [.. ComponentKind.All.Where(kind => kind.IsRequired)
                .Select(kind => new ComponentChoice(kind, "tiny", null, none))],
            Training = training,
            Validation = new ValidationOptions { Every = 5, Batches = 2 },
        };
        Recipe = change?.Invoke(recipe) ?? recipe;
        Folder = RunFolder.Create(output.FullName, Recipe.Name);
    }

    /// <summary>Options that use all of the loop: accumulation, warm-up and averages.</summary>
    public static TrainingOptions Options { get; } = new()
    {
        Steps = 20,
        BatchSize = 10,
        Accumulate = 2,
        LearningRate = 0.01,
        WarmupSteps = 3,
        LogEvery = 4,
        Ema = 0.95,
    };

    public Recipe Recipe { get; set; }

    public RunFolder Folder { get; }

    public List<RunEvent> Events { get; } = [];

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public RecordedPlots Plots { get; } = new();

    public RunParts Parts(IModel model, CancellationToken stop = default) => new()
    {
        Recipe = Recipe,
        Model = model,
        Layout = new ModelLayout(new ModelConfiguration(new JsonObject { ["model_type"] = "tiny" }), "model.safetensors"),
        Device = new CpuDevice(),
        Data = new TestData(Recipe.Training.BatchSize),
        HasValidation = true,
        Generator = new NoGenerator(),
        Folder = Folder,
        Checkpoint = Checkpoint.Newest(Folder),
        Events = new RunEvents(Events.Add),
        Plots = Plots,
        Clock = Clock,
        Stop = stop,
    };

    /// <summary>Trains until the end, or until it is stopped after a step.</summary>
    public TrainingRun Train(TinyClassifier model, long? stopAfter = null, OptimizationSetup? setup = null,
        Func<Batch, torch.Tensor>? loss = null)
    {
        using var stop = new CancellationTokenSource();
        using var run = new TrainingRun(Parts(model, stop.Token));
        using IOptimization optimization = run.Optimize(setup);
        double best = run.State.Get("best", double.PositiveInfinity);
        try
        {
            while (optimization.Next())
            {
                run.Record("test/coming", optimization.CompletedSteps);
                best = Math.Min(best, optimization.Step(loss ?? model.Loss).Loss);
                run.State.Set("best", best);
                run.Record("test/best", best);
                if (optimization.CompletedSteps == stopAfter)
                    stop.Cancel();
            }
        }
        catch (OperationCanceledException) when (stopAfter is not null)
        {
        }

        return run;
    }

    /// <summary>The content of a file of the newest checkpoint.</summary>
    public byte[] ReadNewest(string file) => File.ReadAllBytes(Path.Combine(Checkpoint.Newest(Folder)!.Folder, file));

    public string[] MetricsWithoutTimes() => File.ReadAllLines(Folder.Metrics).Select(line =>
    {
        JsonObject json = JsonNode.Parse(line)!.AsObject();
        foreach (string name in json.Select(p => p.Key).Where(key => key.StartsWith("time/", StringComparison.Ordinal)).ToArray())
            json.Remove(name);
        return json.ToJsonString();
    }).ToArray();

    public void Dispose() => output.Delete(recursive: true);
}

internal sealed class TestData(int batchSize) : IRunData
{
    public DataFacts Facts { get; } = new();

    public IExamples<TExample>? Examples<TExample>(Split split) where TExample : Example => null;

    public IBatchSource Batches(Split split) => new TinyBatches(batchSize, split == Split.Train ? 8 : 4);

    public IBatchSource Batches<TExample>(Split split, ICollate<TExample> collate) where TExample : Example =>
        throw new InvalidOperationException("The tiny data has batches only.");
}

internal sealed class NoGenerator : ITextGenerator
{
    public IReadOnlyList<Continuation> Generate(
        ICausalLanguageModel model, ITokenizer tokenizer, IReadOnlyList<string> prompts, SamplingOptions options, SeededRandom random,
        Action<int, string>? onText = null, CancellationToken stop = default) => throw new InvalidOperationException("No text here.");
}
