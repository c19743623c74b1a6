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

/// <summary>A run of a tiny GPT on bytes, in a temporary folder that is deleted with it.</summary>
internal sealed class RlhfRun : IDisposable
{
    public static readonly ITokenizer Tokenizer = new BytesTokenizer().Create(new BytesOptions(), new TokenizerContext("/", [], _ => { }));

    public static readonly PreferenceExample[] Pairs =
        [.. Enumerable.Range(0, 16)
            .Select(i => new PreferenceExample($"p{i}", i % 2 == 0 ? " good" : " fine one", " bad", i % 3 == 0 ? 0.5 : null))];

    public static readonly PromptExample[] Prompts = [.. Enumerable.Range(0, 16).Select(i => new PromptExample($"say {i}", " aaa"))];

    private static readonly SpecialTokens Special = new() { EndOfText = Tokenizer.Special.EndOfText };
    private readonly DirectoryInfo _output = Directory.CreateTempSubdirectory("tenon-rlhf-");

    public RlhfRun(long steps = 8) => (Steps, Folder) = (steps, RunFolder.Create(_output.FullName, "rlhf"));

    public long Steps { get; }

    public RunFolder Folder { get; }

    /// <summary>The plots of the run.</summary>
    public RecordedPlots Plots { get; } = new();

    /// <summary>The reward of an outcome. Defaults to 0.</summary>
    public Func<TextOutcome, double> Reward { get; init; } = _ => 0;

    /// <summary>Minibatches per step.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>The recipe's <c>model:from</c>, which an adapter needs.</summary>
    public string? From { get; init; }

    /// <summary>Stops the current run.</summary>
    public CancellationTokenSource Stop { get; private set; } = new();

    /// <summary>The recipe's section <c>training</c>.</summary>
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

    /// <summary>Trains, and stops within a forward pass without gradients.</summary>
    /// <param name="model">The policy.</param>
    /// <param name="pass">The number of the pass, counted from 1, or null to train to the end.</param>
    /// <param name="train">Trains.</param>
    public RunSummary? StoppedInside(GptModel model, long? pass, Func<RunSummary?> train)
    {
        if (pass is null)
            return train();
        using var inside = new StopInside(model, "transformer.ln_f", pass.Value, () => Stop.Cancel());
        RunSummary? summary = train();
        inside.Passes.Should().Be(pass, "nothing follows the token at which the stop came");
        Figures("train/loss").Should().NotBeEmpty().And.HaveCount((int)Checkpoint.Newest(Folder)!.Trainer.Step);
        return summary;
    }

    /// <summary>The recorded values of a metric, in the order of the steps.</summary>
    public double[] Figures(string name) => [.. File.ReadAllLines(Folder.Metrics).Select(line => JsonNode.Parse(line)![name])
        .OfType<JsonNode>().Select(value => value.GetValue<double>())];

    /// <summary>All metrics except timings, one line per step.</summary>
    public string[] Lines() => [.. File.ReadAllLines(Folder.Metrics).Select(line => string.Join(
        ", ", JsonNode.Parse(line)!.AsObject().Where(figure => !figure.Key.StartsWith("time/", StringComparison.Ordinal))
            .Select(figure => $"{figure.Key} {figure.Value}")))];

    /// <summary>The bytes of a file in the newest checkpoint.</summary>
    public byte[] Last(string file) => File.ReadAllBytes(Path.Combine(Checkpoint.Newest(Folder)!.Folder, file));

    public void Dispose() => _output.Delete(recursive: true);

    /// <summary>Asserts that a stopped and resumed run ends with the model, state and metrics of an uninterrupted run.</summary>
    /// <param name="stopAfter">When to stop; passed to <paramref name="train"/>.</param>
    /// <param name="train">Trains until the given stop, or to the end if it is null.</param>
    /// <param name="artifact">The result's file to compare.</param>
    /// <param name="files">The checkpoint's files to compare.</param>
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

    private sealed class Given<TExample>(IReadOnlyList<TExample> examples) : IDataset<TExample>, IExamples<TExample>
        where TExample : Example
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
