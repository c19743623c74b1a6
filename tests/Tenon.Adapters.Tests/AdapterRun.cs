using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Tenon.Host.Artifacts;
using Tenon.Host.Evaluation;
using Tenon.Host.Inference.Text;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;
using Tenon.Host.Training;
using Tenon.Host.Training.Checkpoints;

namespace Tenon.Adapters.Tests;

/// <summary>A run of the reference GPT on random tokens, in a folder that goes away with it.</summary>
internal sealed class AdapterRun : IDisposable
{
    public const int Steps = 8;

    private readonly DirectoryInfo _output = Directory.CreateTempSubdirectory("tenon-adapter-");
    private readonly TrainingOptions _training;

    public AdapterRun(double ema = 0)
    {
        _training = new TrainingOptions { Steps = Steps, BatchSize = 4, LearningRate = 1e-2, WarmupSteps = 2, LogEvery = 1, Ema = ema };
        Folder = RunFolder.Create(_output.FullName, "adapter");
    }

    public RunFolder Folder { get; }

    /// <summary>The trained parameters of the newest checkpoint's optimizer state, by name.</summary>
    public IEnumerable<string> OptimizerState()
    {
        using var file = Tenon.Safetensors.SafetensorsFile.Open(Path.Combine(Checkpoint.Newest(Folder)!.Folder, "optimizer.safetensors"));
        return [.. file.Tensors.Keys];
    }

    /// <summary>The trained tensors of the artifact.</summary>
    public byte[] Artifact(string file = "adapter_model.safetensors") => File.ReadAllBytes(Folder.File(file));

    /// <summary>Trains to the end, or until it is stopped after a step.</summary>
    public RunSummary? Train<TOptions>(
        IStrategy<TOptions, IPromptTunable> strategy, TOptions options, IPromptTunable model, long? stopAfter = null)
        where TOptions : class, new() =>
            Train(run => strategy.Run(options, run.As<IPromptTunable>(), CancellationToken.None), model, stopAfter);

    /// <inheritdoc cref="Train{TOptions}(IStrategy{TOptions, IPromptTunable}, TOptions, IPromptTunable, long?)"/>
    public RunSummary? Train<TOptions>(IStrategy<TOptions, IModel> strategy, TOptions options, IModel model, long? stopAfter = null)
        where TOptions : class, new() => Train(run => strategy.Run(options, run.As<IModel>(), CancellationToken.None), model, stopAfter);

    /// <summary>The loss over the batches of a whole validation.</summary>
    public static double ValidationLoss(IModel model)
    {
        using var untracked = torch.no_grad();
        return Validation.Measure(new RandomTokens(), most: 0, model.Loss, model).Loss;
    }

    public void Dispose() => _output.Delete(recursive: true);

    private RunSummary? Train(Action<IRun> strategy, IModel model, long? stopAfter)
    {
        using var stop = new CancellationTokenSource();
        IConfigurationSection none = new ConfigurationBuilder().Build().GetSection("none");
        model.Module.train();
        var parts = new RunParts
        {
            Recipe = new Recipe
            {
                Name = "adapter",
                Components = [.. ComponentKind.All.Where(kind => kind.IsRequired)
                    .Select(kind => new ComponentChoice(kind, "none", null, none))],
                From = Goldens.Folder("gpt2-tiny"),
                Training = _training,
                Validation = new ValidationOptions { Every = 3, Batches = 1 },
            },
            Model = model,
            Layout = new ModelLayout(new ModelConfiguration(new JsonObject { ["model_type"] = "gpt2" }), "model.safetensors"),
            Device = new CpuDevice(),
            Data = new RandomTokens(),
            HasValidation = true,
            Generator = new TextGenerator(),
            Folder = Folder,
            Checkpoint = Checkpoint.Newest(Folder),
            Events = StopAfter.Step(stopAfter, stop),
            Stop = stop.Token,
        };
        using var run = new TrainingRun(parts);
        try
        {
            strategy(run);
        }
        catch (OperationCanceledException) when (stopAfter is not null)
        {
        }

        return run.Summary;
    }

    private sealed class RandomTokens : IRunData, IBatchSource
    {
        public DataFacts Facts { get; } = new();

        public int BatchSize => 4;

        public long BatchesPerEpoch => 2;

        public IExamples<TExample>? Examples<TExample>(Split split) where TExample : Example => null;

        public IBatchSource Batches(Split split) => this;

        public IBatchSource Batches<TExample>(Split split, ICollate<TExample> collate) where TExample : Example =>
            throw new InvalidOperationException("The tests have batches only.");

        public Batch Get(long index)
        {
            var random = new SeededRandom(7).Fork(index % 2);
            long[,] ids = new long[4, 17];
            for (int row = 0; row < 4; row++)
            {
                for (int t = 0; t < 17; t++)
                    ids[row, t] = random.Next(256);
            }

            using DisposeScope scope = torch.NewDisposeScope();
            Tensor block = torch.tensor(ids);
            return new Batch(
                new Dictionary<string, Tensor>
                {
                    [BatchNames.InputIds] = block.narrow(1, 0, 16).contiguous().DetachFromDisposeScope(),
                    [BatchNames.Labels] = block.narrow(1, 1, 16).contiguous().DetachFromDisposeScope(),
                },
                examples: 4, targets: 64);
        }
    }
}
