using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Tenon.Gpt;
using Tenon.Host.Artifacts;
using Tenon.Host.Data;
using Tenon.Host.Evaluation.Rewards;
using Tenon.Host.Inference.Text;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;
using Tenon.Host.Training;
using Tenon.Host.Training.Checkpoints;
using Tenon.Tokenizers;

namespace Tenon.Rlhf.Tests;

/// <summary>A run of a tiny GPT on bytes, in a folder that goes away with it.</summary>
internal sealed class RlhfRun : IDisposable
{
    public static readonly ITokenizer Tokenizer = new BytesTokenizer().Create(new BytesOptions(), new TokenizerContext("/", [], _ => { }));

    private static readonly SpecialTokens Special = new() { EndOfText = Tokenizer.Special.EndOfText };
    private readonly DirectoryInfo _output = Directory.CreateTempSubdirectory("tenon-rlhf-");

    public RlhfRun(long steps = 8) => (Steps, Folder) = (steps, RunFolder.Create(_output.FullName, "rlhf"));

    public long Steps { get; }

    public RunFolder Folder { get; }

    /// <summary>What the run had drawn.</summary>
    public RecordedPlots Plots { get; } = new();

    /// <summary>Scores in the order of the outcomes; by default none has any worth.</summary>
    public Func<TextOutcome, double> Reward { get; init; } = _ => 0;

    /// <summary>Batches in a step.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>The model's folder as the recipe names it; an adapter lies over one.</summary>
    public string? From { get; init; }

    /// <summary>The stop of the run that is going on.</summary>
    public CancellationTokenSource Stop { get; private set; } = new();

    /// <summary>Rows of the optimizer's section.</summary>
    public TrainingOptions Training =>
        new() { Accumulate = Accumulate, Steps = Steps, BatchSize = 4, LearningRate = 1e-2, WeightDecay = 0, LogEvery = 1 };

    public static GptModel Policy()
    {
        var architecture = new GptArchitecture();
        var options = new GptOptions { Layers = 1, HiddenSize = 16, Heads = 2, ContextLength = 24, InitializerRange = 0.3, Dropout = 0.1 };
        using (torch.manual_seed(4))
            return architecture.Build(architecture.Resolve(options, Facts()), new BuildContext(torch.CPU, new Autocast()));
    }

    public static GptClassifier RewardModel()
    {
        var architecture = new GptClassifierArchitecture();
        var options = new GptClassifierOptions { Layers = 1, HiddenSize = 16, Heads = 2, ContextLength = 24 };
        using (torch.manual_seed(4))
            return architecture.Build(architecture.Resolve(options, Facts()), new BuildContext(torch.CPU, new Autocast()));
    }

    public static ModelFacts Facts(params string[] labels) => new(Tokenizer.VocabularySize, Special, new DataFacts { Labels = labels });

    /// <summary>Trains to the end, or until it is stopped: after a step, or by <see cref="Stop"/>.</summary>
    public RunSummary? Train<TExample>(IModel model, IReadOnlyList<TExample> examples, Action<IRun> strategy,
        Func<IModel>? reference = null, long? stopAfter = null)
        where TExample : Example
    {
        using var stop = Stop = new CancellationTokenSource();
        IConfigurationSection none = new ConfigurationBuilder().Build().GetSection("none");
        var random = new SeededRandom(1);
        using OpenedData data = OpenedData.Open(new Given<TExample>(examples), new OpenedDataSettings
        {
            Name = "given",
            ValidationShare = 0.25,
            Random = random,
            Cache = new CacheFolder(_output.FullName),
            Status = _ => { },
        });
        using RunData batches = data.For(model,
            new BatchSettings { BatchSize = Training.BatchSize, Device = torch.CPU, Random = random, Tokenizer = Tokenizer });
        using var reward = new ComposedReward([new RewardPart("given", 1, new GivenReward(Reward))]);
        model.Module.train();
        using var run = new TrainingRun(new RunParts
        {
            Recipe = new Recipe
            {
                Components = [.. ComponentKind.All.Where(kind => kind.IsRequired)
                    .Select(kind => new ComponentChoice(kind, "none", null, none))],
                From = From,
                Training = Training,
            },
            Model = model,
            Layout = new ModelLayout(new ModelConfiguration(new JsonObject { ["model_type"] = "gpt2" }), "model.safetensors"),
            Device = new CpuDevice(),
            Tokenizer = Tokenizer,
            Data = batches,
            HasValidation = true,
            Reference = () => Frozen((reference ?? Policy)()),
            Reward = reward,
            Generator = new TextGenerator(),
            Folder = Folder,
            Checkpoint = Checkpoint.Newest(Folder),
            Events = StopAfter.Step(stopAfter, stop),
            Plots = Plots,
            Stop = stop.Token,
        });
        try
        {
            strategy(run);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }

        return run.Summary;
    }

    /// <summary>The figures of one name, in the order of the steps.</summary>
    public double[] Figures(string name) => [.. File.ReadAllLines(Folder.Metrics).Select(line => JsonNode.Parse(line)![name])
        .OfType<JsonNode>().Select(value => value.GetValue<double>())];

    /// <summary>All figures but those that depend on the clock, a line a step.</summary>
    public string[] Lines() => [.. File.ReadAllLines(Folder.Metrics).Select(line => string.Join(
        ", ", JsonNode.Parse(line)!.AsObject().Where(figure => !figure.Key.StartsWith("time/", StringComparison.Ordinal))
            .Select(figure => $"{figure.Key} {figure.Value}")))];

    /// <summary>The bytes of a file of the newest checkpoint.</summary>
    public byte[] Last(string file) => File.ReadAllBytes(Path.Combine(Checkpoint.Newest(Folder)!.Folder, file));

    public void Dispose() => _output.Delete(recursive: true);

    /// <summary>A run that was stopped and resumed leaves the same model, state and figures as the whole one.</summary>
    /// <param name="stopAfter">The step, or what <paramref name="train"/> makes of it.</param>
    /// <param name="train">Trains to the end, or until the stop where there is one.</param>
    /// <param name="artifact">The file of the result.</param>
    /// <param name="files">Files of the checkpoints.</param>
    public static void Resumes(long stopAfter, Func<RlhfRun, GptModel, long?, RunSummary?> train, string artifact, params string[] files) =>
        Resumes(stopAfter, train, 1, artifact, files);

    public static void Resumes(long stopAfter, Func<RlhfRun, GptModel, long?, RunSummary?> train, int accumulate, string artifact,
        params string[] files)
    {
        using var whole = new RlhfRun(steps: 12) { From = "base", Accumulate = accumulate, Reward = outcome => outcome.Response.Length };
        using (GptModel model = Policy())
            train(whole, model, null).Should().NotBeNull();
        using var parted = new RlhfRun(steps: 12) { From = "base", Accumulate = accumulate, Reward = outcome => outcome.Response.Length };
        using (GptModel model = Policy())
            train(parted, model, stopAfter).Should().BeNull();
        using (GptModel model = Policy())
            train(parted, model, null).Should().NotBeNull();

        foreach (string file in files)
            parted.Last(file).Should().Equal(whole.Last(file), file);
        File.ReadAllBytes(parted.Folder.File(artifact)).Should().Equal(File.ReadAllBytes(whole.Folder.File(artifact)));
        parted.Lines().Should().Equal(whole.Lines());
    }

    private static IModel Frozen(IModel model)
    {
        model.Module.eval();
        foreach (Parameter parameter in model.Module.parameters())
            parameter.requires_grad = false;
        return model;
    }

    private sealed class GivenReward(Func<TextOutcome, double> score) : IReward<Outcome>
    {
        public IReadOnlyList<double> Score(IReadOnlyList<Outcome> outcomes) => [.. outcomes.Cast<TextOutcome>().Select(score)];
    }

    private sealed class Given<TExample>(IReadOnlyList<TExample> examples) : IDataset<TExample>,
    IExamples<TExample> where TExample : Example
    {
        public DataFacts Facts { get; } = new();

        public IExamples<TExample> Train => this;

        public IExamples<TExample>? Validation => null;

        public long Count => examples.Count;

        public TExample this[long index] => examples[(int)index];

        public void Dispose()
        {
        }
    }
}
