using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Tenon.Host.Artifacts;
using Tenon.Host.Data;
using Tenon.Host.Evaluation;
using Tenon.Host.Evaluation.Rewards;
using Tenon.Host.Events;
using Tenon.Host.Inference.Text;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;
using Tenon.Host.Training;
using Tenon.Host.Training.Checkpoints;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;

namespace Tenon.Conformance;

/// <summary>Result of running a strategy.</summary>
/// <param name="Finished">Whether the strategy called Next until that returned false.</param>
/// <param name="Stopped">Whether the run ended with a cancellation exception.</param>
/// <param name="Losses">The loss of each step.</param>
/// <param name="Alive">Tensors alive after each step.</param>
/// <param name="Setup">The setup that the strategy passed to Optimize.</param>
/// <param name="ValidationLoss">Loss of the last validation; null if there was none.</param>
internal sealed record ToyRunResult(
    bool Finished, bool Stopped, IReadOnlyList<double> Losses, IReadOnlyList<long> Alive, OptimizationSetup? Setup, double? ValidationLoss);

/// <summary>A run on toy data in a temporary folder.</summary>
/// <param name="subject">The strategy.</param>
/// <param name="steps">Total steps of the run.</param>
/// <param name="kind">The example type; null for one that the strategy accepts.</param>
internal sealed class ToyRun(StrategySubject subject, int steps, ExampleKind? kind = null) : IDisposable
{
    private readonly DirectoryInfo output = Directory.CreateTempSubdirectory("tenon-check-");
    private RunFolder? folder;

    /// <summary>Whether the strategy used the reference model in training.</summary>
    public bool UsedReference { get; private set; }

    /// <summary>The run's folder.</summary>
    public RunFolder Folder => folder ??= RunFolder.Create(output.FullName, "toy");

    /// <summary>Trains from the newest checkpoint to the end, or until it is cancelled after a step.</summary>
    /// <exception cref="ModelException">The strategy reports validation errors for the toy task.</exception>
    public ToyRunResult Train(IModel model, int? stopAfter = null)
    {
        using var stop = new CancellationTokenSource();
        Recipe recipe = Recipe(model);
        using OpenedData opened = Open(model, recipe);
        using RunData data = Batches(opened, model, recipe);
        ValidationResult[] errors = [.. subject.Strategy.Validate(subject.Options, model, subject.Tokenizer, data)];
        if (errors.Length > 0)
            throw new ModelException($"Validation errors for the toy task: " +
                $"{string.Join(" ", errors.Select(error => $"{string.Join(", ", error.MemberNames)} {error.ErrorMessage}".Trim()))}");
        using var reward = new ComposedReward([new RewardPart("toy", 1, new LettersA())]);
        var progress = new Recorder(stopAfter, stop);
        using var run = new TrainingRun(new RunParts
        {
            Recipe = recipe,
            Model = model,
            Layout = StrategySubject.Layout,
            Device = new Processor(),
            Tokenizer = subject.Tokenizer,
            Data = data,
            HasValidation = true,
            Reference = () =>
            {
                UsedReference = true;
                return Reference();
            },
            Reward = reward,
            Generator = new TextGenerator(),
            Folder = Folder,
            Checkpoint = Checkpoint.Newest(Folder),
            Events = new RunEvents(progress.Handle),
            BatchesAhead = 0,
            Stop = stop.Token,
        });
        bool stopped = false;
        try
        {
            subject.Strategy.Run(subject.Options, run, stop.Token);
        }
        catch (OperationCanceledException) when (stopAfter is not null)
        {
            stopped = true;
        }

        return new ToyRunResult(run.Summary is not null, stopped, progress.Losses, progress.Alive, run.Setup, run.Summary?.ValidationLoss);
    }

    /// <summary>Returns the strategy's validation errors for the toy task.</summary>
    public IReadOnlyList<ValidationResult> Validate(IModel model)
    {
        Recipe recipe = Recipe(model);
        using OpenedData opened = Open(model, recipe);
        using RunData data = Batches(opened, model, recipe);
        return [.. subject.Strategy.Validate(subject.Options, model, subject.Tokenizer, data)];
    }

    /// <summary>Evaluates a model that the strategy trained, as <c>tenon eval</c> does.</summary>
    public double Evaluate(IModel model)
    {
        Recipe recipe = Recipe(model);
        using OpenedData opened = Open(model, recipe);
        using RunData data = Batches(opened, model, recipe);
        using StrategyEvaluation evaluation =
            new StrategyEvaluation(subject.Strategy, subject.Options, model, Reference, data.InOrder(), Split.Validation);
        return evaluation.Measure(new SeededRandom((ulong)recipe.Seed)).Loss;
    }

    /// <summary>Returns the bytes of the trained weights in the run's folder.</summary>
    public byte[] Weights() => File.ReadAllBytes(
        new[] { AdapterFolder.WeightsFile, StrategySubject.Layout.WeightsFile }.Select(Folder.File).First(File.Exists));

    public void Dispose() => output.Delete(recursive: true);

    private OpenedData Open(IModel model, Recipe recipe)
    {
        DataFacts facts = ArchitectureSubject.ToyFacts;
        return OpenedData.Open((kind ?? subject.Kind(model)).Dataset(ToySizes.Of(model, facts), facts), new OpenedDataSettings
        {
            Name = "toy",
            ValidationShare = 0,
            Random = new SeededRandom((ulong)recipe.Seed),
            Cache = new CacheFolder(Path.Combine(output.FullName, "cache")),
            Status = _ => { },
        });
    }

    private RunData Batches(OpenedData opened, IModel model, Recipe recipe) => opened.For(
        model, new BatchSettings
        {
            BatchSize = 4,
            Device = torch.CPU,
            Random = new SeededRandom((ulong)recipe.Seed),
            Tokenizer = subject.Tokenizer
        });

    // An adapter needs a base model in a folder: here, the new model itself.
    private Recipe Recipe(IModel model)
    {
        string start = Path.Combine(output.FullName, "start");
        if (!Directory.Exists(start))
        {
            Directory.CreateDirectory(start);
            ModelFolder.Save(start, StrategySubject.Layout, subject.Tokenizer, model.Module);
        }

        IConfigurationSection none = new ConfigurationBuilder().Build().GetSection("none");
        return new Recipe
        {
            Name = "toy",
            Output = output.FullName,
            BaseDirectory = output.FullName,
            Components = [.. ComponentKind.All.Where(kind => kind.IsRequired).Select(kind => new ComponentChoice(kind, "toy", null, none))],
            From = start,
            Training = new TrainingOptions
            {
                Steps = steps,
                BatchSize = 4,
                LearningRate = 2e-2,
                Schedule = LearningRateSchedule.Constant,
                LogEvery = 1
            },
            Validation = new ValidationOptions { Every = Math.Max(1, steps / 2), Batches = 1 },
        };
    }

    private IModel Reference()
    {
        IModel model = subject.NewModel();
        model.Module.eval();
        foreach (Parameter parameter in model.Module.parameters())
            parameter.requires_grad_(false);
        return model;
    }

    /// <summary>Rewards the letter a and the first class.</summary>
    private sealed class LettersA : IReward
    {
        public IReadOnlyList<double> Score(IReadOnlyList<Outcome> outcomes) => [.. outcomes.Select(outcome => outcome switch
        {
            TextOutcome text => text.Response.Count(letter => letter == 'a'),
            ChoiceOutcome choice => choice.Choice == 0 ? 1.0 : 0.0,
            _ => 0.0,
        })];
    }

    private sealed class Recorder(int? stopAfter, CancellationTokenSource stop)
    {
        public List<double> Losses { get; } = [];

        public List<long> Alive { get; } = [];

        public void Handle(RunEvent runEvent)
        {
            if (runEvent is not StepCompleted { IsLogged: true } step)
                return;
            Losses.Add(step.Loss);
            Alive.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            if (step.Step == stopAfter)
                stop.Cancel();
        }
    }

    /// <summary>The CPU with default settings.</summary>
    private sealed class Processor : IOpenDevice
    {
        public torch.Device Torch => torch.CPU;

        public string Description => "processor";

        public Precision Precision => Precision.Fp32;

        public MemoryFigures Memory => new(null, null, null);

        public double? PeakFlop => null;

        public void Synchronize()
        {
        }

        public void Dispose()
        {
        }
    }
}
