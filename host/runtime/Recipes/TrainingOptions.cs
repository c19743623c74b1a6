using System.ComponentModel.DataAnnotations;

namespace Tenon.Host.Recipes;

/// <summary>The learning rate schedule after the warm-up.</summary>
public enum LearningRateSchedule
{
    /// <summary>Cosine decay to the final rate (Loshchilov and Hutter 2017).</summary>
    Cosine,

    /// <summary>Linear decay to the final rate.</summary>
    Linear,

    /// <summary>Constant.</summary>
    Constant,
}

/// <summary>The section <c>training</c> of a recipe: options of the training step.</summary>
public sealed record TrainingOptions
{
    /// <summary>Number of parameter updates.</summary>
    [Range(1, 1_000_000_000)]
    public long Steps { get; init; } = 1000;

    /// <summary>Examples per forward pass. Several processes divide them.</summary>
    [Range(1, 1_000_000)]
    public int BatchSize { get; init; } = 8;

    /// <summary>
    /// Maximum number of training examples, a stratified subset drawn with the run's seed; 0 for all. Validation data is not
    /// reduced, so that runs with few and many examples are comparable.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int Examples { get; init; }

    /// <summary>Forward passes whose gradients are accumulated for one update.</summary>
    [Range(1, 100_000)]
    public int Accumulate { get; init; } = 1;

    /// <summary>
    /// Pack several conversations, or prompts with their responses, into a row of the model's context, where they do not attend to
    /// each other (Krell et al. 2021); the batch size then counts rows. Plain text is always packed.
    /// </summary>
    public bool Packing { get; init; }

    /// <summary>Peak learning rate, reached after the warm-up.</summary>
    [Range(0.0, 10.0)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Learning rate schedule after the warm-up.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Cosine;

    /// <summary>Steps of linear learning rate warm-up.</summary>
    [Range(0, 1_000_000_000)]
    public long WarmupSteps { get; init; }

    /// <summary>Learning rate of the last step, as a fraction of the peak.</summary>
    [Range(0.0, 1.0)]
    public double FinalLearningRateShare { get; init; } = 0.1;

    /// <summary>The optimizer.</summary>
    public OptimizerName Optimizer { get; init; } = OptimizerName.Adamw;

    /// <summary>adamw, adamw8bit and lion: decay of the running mean of gradients; default 0.9.</summary>
    [Range(0.0, 0.999999)]
    public double? Beta1 { get; init; }

    /// <summary>
    /// adamw and adamw8bit: decay of the running mean of squared gradients, default 0.95. lion: decay of the running mean, default
    /// 0.99.
    /// </summary>
    [Range(0.0, 0.999999)]
    public double? Beta2 { get; init; }

    /// <summary>
    /// adamw and adamw8bit: added to the denominator, default 1e-8. adafactor: added to squared gradients, default 1e-30.
    /// </summary>
    [Range(1e-38, 1.0)]
    public double? Epsilon { get; init; }

    /// <summary>sgd: momentum; default 0.9.</summary>
    [Range(0.0, 0.999999)]
    public double? Momentum { get; init; }

    /// <summary>sgd: use Nesterov momentum (Sutskever et al. 2013); default false.</summary>
    public bool? Nesterov { get; init; }

    /// <summary>adafactor: the mean of squared gradients decays with 1 − t^−exponent at step t; default 0.8.</summary>
    [Range(0.01, 1.0)]
    public double? DecayExponent { get; init; }

    /// <summary>
    /// adafactor: maximum root mean square of a parameter's update before the learning rate is applied; default 1.
    /// </summary>
    [Range(1e-6, 1e6)]
    public double? UpdateClip { get; init; }

    /// <summary>adafactor: scale the learning rate by each parameter's root mean square; default false.</summary>
    public bool? ScaleByParameter { get; init; }

    /// <summary>Decoupled weight decay of matrices; not applied to vectors (biases, norms).</summary>
    [Range(0.0, 10.0)]
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Maximum 2-norm of all gradients together (gradient clipping; Pascanu et al. 2013); 0 turns clipping off.</summary>
    [Range(0.0, 1e6)]
    public double Clip { get; init; } = 1.0;

    /// <summary>
    /// Decay of the exponential moving average of the parameters, which is then used for validation and saved; 0 turns averaging
    /// off.
    /// </summary>
    [Range(0.0, 0.9999999)]
    public double Ema { get; init; }

    /// <summary>Steps between two lines of metrics.</summary>
    [Range(1, 1_000_000)]
    public long LogEvery { get; init; } = 10;
}

/// <summary>The section <c>validation</c> of a recipe.</summary>
public sealed record ValidationOptions
{
    /// <summary>Share of the training examples to hold out if the data does not define a split.</summary>
    [Range(0.0, 0.9)]
    public double Share { get; init; } = 0.05;

    /// <summary>
    /// Seed of the split and of the data component's own random choices, so that runs with different seeds can be validated on the
    /// same examples. Null for the run's seed.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long? Seed { get; init; }

    /// <summary>Steps between validations; 0 to validate only at the end.</summary>
    [Range(0, 1_000_000_000)]
    public long Every { get; init; }

    /// <summary>
    /// Maximum number of batches per validation during training; 0 for all. The final validation always uses all.
    /// </summary>
    [Range(0, 1_000_000_000)]
    public long Batches { get; init; } = 20;
}

/// <summary>The section <c>checkpoints</c> of a recipe.</summary>
public sealed record CheckpointOptions
{
    /// <summary>Steps between checkpoints; 0 to write them only by time, at the end and when stopped.</summary>
    [Range(0, 1_000_000_000)]
    public long Every { get; init; }

    /// <summary>
    /// Minutes after which a checkpoint is written if none was written in the meantime; 0 turns this off. Checkpoints change
    /// neither weights nor metrics.
    /// </summary>
    [Range(0.0, 100_000.0)]
    public double Minutes { get; init; } = 5;

    /// <summary>Number of newest checkpoints to keep.</summary>
    [Range(1, 1000)]
    public int Keep { get; init; } = 2;
}

/// <summary>
/// The section <c>samples</c> of a recipe: samples generated at the end and optionally during training, which are texts of a causal
/// language model or images of a denoiser.
/// </summary>
public sealed record SampleOptions
{
    /// <summary>Prompts for a language model; if empty, no texts are generated.</summary>
    public IReadOnlyList<string>? Prompts { get; init; }

    /// <summary>Steps between samples; 0 to generate them only at the end.</summary>
    [Range(0, 1_000_000_000)]
    public long Every { get; init; }

    /// <summary>Maximum number of tokens to generate per prompt.</summary>
    [Range(1, 100_000)]
    public int MaxNewTokens { get; init; } = 64;

    /// <summary>Divides the logits; 0 means greedy decoding.</summary>
    [Range(0.0, 100.0)]
    public double Temperature { get; init; } = 0.8;

    /// <summary>Sample from the k most probable tokens; 0 means all.</summary>
    [Range(0, int.MaxValue)]
    public int TopK { get; init; } = 50;

    /// <summary>
    /// Images to generate per class (in total without classes) with the recipe's sampler, or to reconstruct with an autoencoder; 0
    /// for none.
    /// </summary>
    [Range(0, 100)]
    public int ImagesPerClass { get; init; } = 4;

    /// <summary>Scale of classifier-free guidance (Ho and Salimans 2022); 1 turns it off.</summary>
    [Range(0.1, 100.0)]
    public double Guidance { get; init; } = 1;
}
