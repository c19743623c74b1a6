using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using Tenon;

namespace Zoo;

/// <summary>Options of descent.</summary>
public sealed record DescendOptions
{
    /// <summary>Step size.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double Rate { get; init; } = 0.1;

    /// <summary>Whom to thank.</summary>
    [Required]
    public string? Author { get; init; }
}

[Strategy("descend", "Goes down")]
public sealed class Descend : IStrategy<DescendOptions, IModel>
{
    public void Run(DescendOptions options, IRun<IModel> run, CancellationToken stop)
    {
        using IOptimization optimization = run.Optimize();
        while (optimization.Next())
            optimization.Step(run.Model.Loss);
    }
}

public sealed record NoOptions;

[Strategy("prompt", "Needs a model that takes prompts")]
public sealed class PromptOnly : IStrategy<NoOptions, IPromptTunable>, ICollate<PreferenceExample>
{
    public void Run(NoOptions options, IRun<IPromptTunable> run, CancellationToken stop) =>
        run.Record("prompt", run.Model.PromptShape.Layers);

    public Batch Collate(IReadOnlyList<PreferenceExample> examples, CollateContext context) => new([], examples.Count, 0);
}

/// <summary>Options of pleasing.</summary>
public sealed record PleaseOptions
{
    /// <summary>Rows at once.</summary>
    [Range(1, 100)]
    [MinibatchSize]
    public int? Rows { get; init; }

    /// <summary>An adapter.</summary>
    [TrainsAdapter]
    public Noise? Adapter { get; init; }

    /// <summary>Numbers.</summary>
    [MinLength(1)]
    [ItemRange(0, 8)]
    public IReadOnlyList<int> Numbers { get; init; } = [1];

    /// <summary>What pleases.</summary>
    [StringSyntax(StringSyntaxAttribute.Regex)]
    public IReadOnlyList<string> Patterns { get; init; } = [];

    /// <summary>Where more of it is.</summary>
    [Folder]
    public string? Samples { get; init; }
}

[Strategy("please", "Needs a reward", NeedsReward = true)]
public sealed class Please : IStrategy<PleaseOptions, IModel>
{
    public void Run(PleaseOptions options, IRun<IModel> run, CancellationToken stop) =>
        run.Record("reward", run.Reward!.Score([new TextOutcome("", "", true)])[0]);
}

/// <summary>Options of the kind reward.</summary>
public sealed record KindOptions
{
    /// <summary>The word to look for.</summary>
    public string Word { get; init; } = "thanks";
}

[Reward("kind", "Likes a word")]
public sealed class Kind : IRewardFactory<KindOptions, TextOutcome>
{
    public IReward<TextOutcome> Open(KindOptions options, RewardContext context) => new Judge(options.Word);

    private sealed class Judge(string word) : IReward<TextOutcome>
    {
        public IReadOnlyList<double> Score(IReadOnlyList<TextOutcome> outcomes) =>
            [.. outcomes.Select(o => o.Response.Contains(word, StringComparison.Ordinal) ? 1.0 : 0.0)];
    }
}

[Reward("bright", "Likes bright images")]
public sealed class Bright : IRewardFactory<NoOptions, ImageOutcome>
{
    public IReward<ImageOutcome> Open(NoOptions options, RewardContext context) => new Judge();

    private sealed class Judge : IReward<ImageOutcome>
    {
        public IReadOnlyList<double> Score(IReadOnlyList<ImageOutcome> outcomes) => [.. outcomes.Select(o => (double)o.Image.Data.Span[0])];
    }
}

[Device("here", "Where the test runs")]
public sealed class Here : IDevice<NoOptions>
{
    public Availability Check(NoOptions options) => new(true, "It is here.");

    public IOpenDevice Open(NoOptions options) => throw new DeviceException("The zoo opens no device.");
}

public abstract class Source<TExample> : IData<NoOptions, TExample> where TExample : Example
{
    public IDataset<TExample> Open(NoOptions options, DataContext context) => throw new DataException("The zoo has no data.");
}

[Data("texts", "Texts")]
public sealed class Texts : Source<TextExample>;

[Data("labelled", "Texts with labels")]
public sealed class Labelled : Source<LabelledTextExample>;

[Data("images", "Images")]
public sealed class Images : Source<ImageExample>;

[Tokenizer("letters", "A letter a token", Opens = ["letters.json"])]
public sealed class Letters : ITokenizerFactory<NoOptions>
{
    public int? VocabularySize(NoOptions options) => 26;

    public ITokenizer Create(NoOptions options, TokenizerContext context) => throw new DataException("The zoo has no letters.");

    public ITokenizer Open(string folder) => throw new DataException("The zoo has no letters.");
}

[Device("fragile", "Throws in its constructor")]
public sealed class Fragile : IDevice<NoOptions>
{
    public Fragile() => throw new InvalidOperationException("it broke");

    public Availability Check(NoOptions options) => new(false, "It broke.");

    public IOpenDevice Open(NoOptions options) => throw new DeviceException("It broke.");
}
