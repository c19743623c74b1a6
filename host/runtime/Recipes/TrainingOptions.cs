using System.ComponentModel.DataAnnotations;

namespace Tenon.Host.Recipes;

/// <summary>How the learning rate moves after the warm-up.</summary>
public enum LearningRateSchedule
{
    /// <summary>Falls on half a cosine to the final rate (Loshchilov and Hutter 2017).</summary>
    Cosine,

    /// <summary>Falls on a straight line to the final rate.</summary>
    Linear,

    /// <summary>Stays.</summary>
    Constant,
}

/// <summary>The section <c>training</c> of a recipe: the training step.</summary>
public sealed record TrainingOptions
{
    /// <summary>Number of parameter updates.</summary>
    [Range(1, 1_000_000_000)]
    public long Steps { get; init; } = 1000;

    /// <summary>Examples in one forward pass.</summary>
    [Range(1, 1_000_000)]
    public int BatchSize { get; init; } = 8;

    /// <summary>
    /// Most examples to learn from, each class with its share of them, drawn by the run's seed; 0: all. What is held out
    /// stays whole, so that runs with few and many examples can be compared.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int Examples { get; init; }

    /// <summary>Forward passes whose gradients are added up for one update.</summary>
    [Range(1, 100_000)]
    public int Accumulate { get; init; } = 1;

    /// <summary>
    /// Puts several prompts with their responses, or conversations, into a row of the model's context, where they do not
    /// see each other (Krell et al. 2021); the batch size counts rows then. Plain text is packed anyway.
    /// </summary>
    public bool Packing { get; init; }

    /// <summary>Highest learning rate, reached after the warm-up.</summary>
    [Range(0.0, 10.0)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>How the learning rate moves after the warm-up.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Cosine;

    /// <summary>Steps in which the learning rate rises on a straight line.</summary>
    [Range(0, 1_000_000_000)]
    public long WarmupSteps { get; init; }

    /// <summary>Learning rate of the last step as a share of the highest.</summary>
    [Range(0.0, 1.0)]
    public double FinalLearningRateShare { get; init; } = 0.1;

    /// <summary>What makes updates of gradients.</summary>
    public OptimizerName Optimizer { get; init; } = OptimizerName.Adamw;

    /// <summary>Of adamw and lion: decay of the running mean of gradients; null: 0.9.</summary>
    [Range(0.0, 0.999999)]
    public double? Beta1 { get; init; }

    /// <summary>Of adamw: decay of the running mean of squared gradients, null: 0.95. Of lion: decay of the running mean, null: 0.99.</summary>
    [Range(0.0, 0.999999)]
    public double? Beta2 { get; init; }

    /// <summary>Of adamw: added to the denominator, null: 1e-8. Of adafactor: added to squared gradients, null: 1e-30.</summary>
    [Range(1e-38, 1.0)]
    public double? Epsilon { get; init; }

    /// <summary>Of sgd: share of the last update that the next one keeps; null: 0.9.</summary>
    [Range(0.0, 0.999999)]
    public double? Momentum { get; init; }

    /// <summary>Of sgd: whether the momentum is Nesterov's (Sutskever et al. 2013); null: false.</summary>
    public bool? Nesterov { get; init; }

    /// <summary>Of adafactor: the mean of squared gradients decays with 1 − t^−exponent at step t; null: 0.8.</summary>
    [Range(0.01, 1.0)]
    public double? DecayExponent { get; init; }

    /// <summary>Of adafactor: longest root mean square of a parameter's update before the learning rate; null: 1.</summary>
    [Range(1e-6, 1e6)]
    public double? UpdateClip { get; init; }

    /// <summary>Of adafactor: whether the learning rate is multiplied with each parameter's root mean square; null: false.</summary>
    public bool? ScaleByParameter { get; init; }

    /// <summary>Decoupled weight decay of matrices; vectors (biases, norms) have none.</summary>
    [Range(0.0, 10.0)]
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Longest 2-norm of all gradients together; 0: not clipped (Pascanu et al. 2013).</summary>
    [Range(0.0, 1e6)]
    public double Clip { get; init; } = 1.0;

    /// <summary>Decay of the exponential moving average of the parameters, which is then validated and saved; 0: none.</summary>
    [Range(0.0, 0.9999999)]
    public double Ema { get; init; }

    /// <summary>Steps between two lines of metrics.</summary>
    [Range(1, 1_000_000)]
    public long LogEvery { get; init; } = 10;
}

/// <summary>The section <c>validation</c> of a recipe.</summary>
public sealed record ValidationOptions
{
    /// <summary>Share of the training examples that is held out when the data has no split of its own.</summary>
    [Range(0.0, 0.9)]
    public double Share { get; init; } = 0.05;

    /// <summary>
    /// Seed of the division, and of what the data component draws: runs with other seeds are validated on the same
    /// examples. Null: the run's.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long? Seed { get; init; }

    /// <summary>Steps between validations; 0: only at the end.</summary>
    [Range(0, 1_000_000_000)]
    public long Every { get; init; }

    /// <summary>Most batches in a validation while training; the one at the end takes all. 0: all.</summary>
    [Range(0, 1_000_000_000)]
    public long Batches { get; init; } = 20;
}

/// <summary>The section <c>checkpoints</c> of a recipe.</summary>
public sealed record CheckpointOptions
{
    /// <summary>Steps between checkpoints; 0: only at the end and when stopped.</summary>
    [Range(0, 1_000_000_000)]
    public long Every { get; init; }

    /// <summary>How many of the newest checkpoints are kept.</summary>
    [Range(1, 1000)]
    public int Keep { get; init; } = 2;
}

/// <summary>
/// The section <c>samples</c> of a recipe: what the model makes at the end and, if asked, on the way. Texts of a causal
/// language model, images of a denoiser.
/// </summary>
public sealed record SampleOptions
{
    /// <summary>Prompts that a language model continues; none: no texts.</summary>
    public IReadOnlyList<string>? Prompts { get; init; }

    /// <summary>Steps between samples; 0: only at the end.</summary>
    [Range(0, 1_000_000_000)]
    public long Every { get; init; }

    /// <summary>Most tokens to generate for each prompt.</summary>
    [Range(1, 100_000)]
    public int MaxNewTokens { get; init; } = 64;

    /// <summary>Divides the logits; 0 always takes the most probable token.</summary>
    [Range(0.0, 100.0)]
    public double Temperature { get; init; } = 0.8;

    /// <summary>Only the k most probable tokens are drawn from; 0: all.</summary>
    [Range(0, int.MaxValue)]
    public int TopK { get; init; } = 50;

    /// <summary>
    /// Images to generate of each class (without classes: in all) with the recipe's sampler, or to reconstruct with an autoencoder; 0: none.
    /// </summary>
    [Range(0, 100)]
    public int ImagesPerClass { get; init; } = 4;

    /// <summary>Scale of classifier-free guidance (Ho and Salimans 2022); 1: none.</summary>
    [Range(0.1, 100.0)]
    public double Guidance { get; init; } = 1;
}
