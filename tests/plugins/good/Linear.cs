using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tenon;
using TorchSharp;

[assembly: Plugin("zoo.good", "Everything that works")]

namespace Zoo;

/// <summary>How a linear model starts.</summary>
public enum Start
{
    /// <summary>At nought.</summary>
    Zeros,

    /// <summary>By chance.</summary>
    Random,
}

/// <summary>A part of the options.</summary>
public sealed record Noise
{
    /// <summary>Standard deviation of <see cref="Start.Random"/> noise.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Deviation { get; init; } = 0.5;

    /// <summary>Its seed.</summary>
    public long? Seed { get; init; }
}

/// <summary>Options of the linear model.</summary>
public sealed record LinearOptions : SizedOptions
{
    /// <summary>Whether a bias is added.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>How it starts.</summary>
    public Start Start { get; init; } = Start.Random;

    /// <summary>A share.</summary>
    public float Share { get; init; } = 0.1f;

    /// <summary>A large number.</summary>
    public long Large { get; init; } = 5_000_000_000;

    /// <summary>A level.</summary>
    [AllowedValues("low", "high")]
    public string Level { get; init; } = "low";

    /// <summary>A label.</summary>
    [RegularExpression("[a-z]+"), MaxLength(8)]
    public string? Label { get; init; }

    /// <summary>Words to begin with.</summary>
    public IReadOnlyList<string> Words { get; init; } = ["one", "two"];

    /// <summary>Sizes of layers.</summary>
    [MinLength(1)]
    public int[]? Layers { get; init; }

    /// <summary>Weights by name.</summary>
    public IReadOnlyDictionary<string, double>? Weights { get; init; }

    /// <summary>The noise.</summary>
    public Noise Noise { get; init; } = new();

    /// <summary>Not known before it runs.</summary>
    public int Processors { get; init; } = Environment.ProcessorCount;

#if NEXT
    /// <summary>New in 1.1.</summary>
    public int Depth { get; init; } = 1;
#endif

    /// <summary>Computed, no option.</summary>
    public int Twice => 2 * Size;
}

public class LinearModel(long size) : LinearBase(size);

/// <summary>A model that also counts as a language model, without being one.</summary>
public sealed class EchoModel(long size) : LinearModel(size), ILearnsFromTokens, ICausalLanguageModel, IPolicy<TextOutcome>
{
    public int FeatureSize => 1;

    public Rollout Sample(Batch inputs, SamplingOptions options, SeededRandom random) =>
        throw new NotSupportedException("The echo does nothing.");

    public PolicyEvaluation Evaluate(Rollout rollout, SamplingOptions options) => throw new NotSupportedException("The echo does nothing.");

    public IReadOnlyList<TextOutcome> Outcomes(Rollout rollout, ITokenizer? tokenizer) => [];

    public int BlockLength => 3;

    public int BlockOverlap => 1;

    public int VocabularySize => 2;

    public int ContextLength => 2;

    public IReadOnlyList<int> EndOfText { get; init; } = [];

    public Batch Collate(IReadOnlyList<TokenBlock> examples, CollateContext context) => Ones(examples.Count);

    public IKeyValueCache NewCache(int rows, int capacity) => throw new NotSupportedException("The echo keeps nothing.");

    public torch.Tensor Logits(torch.Tensor inputIds, torch.Tensor? attentionMask = null, IKeyValueCache? cache = null,
        bool lastOnly = false) =>
        torch.nn.functional.one_hot(inputIds, VocabularySize).to(torch.float32);
}

[Architecture("linear", "A linear map", Stability = Stability.Stable, ModelTypes = ["zoo-linear", "zoo-line"])]
public sealed class LinearArchitecture(ILogger<LinearArchitecture> logger, Greeting greeting) : IArchitecture<LinearOptions, LinearModel>
{
    public string Greeting { get; } = greeting.Text;

    public LinearOptions Resolve(LinearOptions options, ModelFacts facts) => options;

    public LinearModel Build(LinearOptions options, BuildContext context)
    {
        logger.LogInformation("Building");
        return new LinearModel(options.Size);
    }

    public ModelConfiguration Describe(LinearOptions options) => new(new JsonObject { ["size"] = options.Size });

    public LinearOptions Read(ModelConfiguration configuration) => new() { Size = (int)configuration["config.json"]["size"]! };
}

/// <summary>Options of the echo.</summary>
public sealed record EchoOptions;

[Architecture("echo", "Says what it hears")]
public sealed class EchoArchitecture : IArchitecture<EchoOptions, EchoModel>
{
    public EchoOptions Resolve(EchoOptions options, ModelFacts facts) => options;

    public EchoModel Build(EchoOptions options, BuildContext context) => new(2) { EndOfText = context.EndOfText };

    public ModelConfiguration Describe(EchoOptions options) => new(new JsonObject());

    public EchoOptions Read(ModelConfiguration configuration) => new();
}

public sealed record Greeting(string Text);

public sealed class Startup : IPluginStartup
{
    public void ConfigureServices(IServiceCollection services) => services.AddSingleton(new Greeting("hello"));
}
