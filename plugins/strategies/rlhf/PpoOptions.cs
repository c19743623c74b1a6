using System.ComponentModel.DataAnnotations;

namespace Tenon.Rlhf;

/// <summary>How a token's distance from the reference is measured, from log π and log π_ref of the token taken.</summary>
public enum KlEstimate
{
    /// <summary>log π − log π_ref: its mean over samples is the divergence; it may be negative.</summary>
    Kl,

    /// <summary>Its absolute value.</summary>
    Abs,

    /// <summary>Half its square.</summary>
    Mse,
}

/// <summary>How a policy learns from a reward.</summary>
public sealed record PpoOptions
{
    /// <summary>Most actions in a rollout: new tokens of a text.</summary>
    [Range(1, 1_000_000)]
    public int MaxNewTokens { get; init; } = 32;

    /// <summary>Divides the logits while sampling; probabilities are those of the distribution that was sampled from.</summary>
    [Range(0.0, 100.0, MinimumIsExclusive = true)]
    public double Temperature { get; init; } = 1;

    /// <summary>
    /// Rows of a rollout (whose size is <c>training:batchSize</c>) in one forward pass, of which <c>training:accumulate</c>
    /// make an update; null: an update has the whole rollout.
    /// </summary>
    [Range(1, 1_000_000)]
    [MinibatchSize]
    public int? MinibatchSize { get; init; }

    /// <summary>Low-rank updates to train in place of the whole model; null: the whole model.</summary>
    [TrainsAdapter]
    public AdapterOptions? Adapter { get; init; }

    /// <summary>How often each rollout is learned from.</summary>
    [Range(1, 1000)]
    public int Epochs { get; init; } = 4;

    /// <summary>What a token's distance from the reference costs, at the start.</summary>
    [Range(0.0, 100.0)]
    public double KlCoefficient { get; init; } = 0.2;

    /// <summary>How the distance of a token is measured.</summary>
    public KlEstimate KlPenalty { get; init; } = KlEstimate.Kl;

    /// <summary>The divergence of a whole response, in nats, to which the coefficient is adapted (Ziegler et al. 2019, section 2.2); null: it stays.</summary>
    [Range(1e-6, 1e6)]
    public double? KlTarget { get; init; }

    /// <summary>Responses over which an adapted coefficient changes.</summary>
    [Range(1, 1_000_000_000)]
    public long KlHorizon { get; init; } = 10_000;

    /// <summary>γ: what a reward one action later is worth.</summary>
    [Range(0.0, 1.0)]
    public double Discount { get; init; } = 1;

    /// <summary>λ of generalised advantage estimation (Schulman et al. 2016).</summary>
    [Range(0.0, 1.0)]
    public double Lambda { get; init; } = 0.95;

    /// <summary>Whether rewards, penalties included, are brought to variance 1.</summary>
    public bool WhitenRewards { get; init; }

    /// <summary>ε: how far a probability ratio counts (Schulman et al. 2017, equation 7).</summary>
    [Range(0.0, 100.0)]
    public double ClipRange { get; init; } = 0.2;

    /// <summary>How far a value counts from the one before the updates.</summary>
    [Range(0.0, 1e6)]
    public double ValueClipRange { get; init; } = 0.2;

    /// <summary>Weight of the value loss.</summary>
    [Range(0.0, 1000.0)]
    public double ValueCoefficient { get; init; } = 0.1;

    /// <summary>The value head's learning rate as a multiple of the policy's.</summary>
    [Range(1e-3, 1e4)]
    public double ValueLearningRateScale { get; init; } = 1;

    /// <summary>Weight of the entropy, which keeps the policy from collapsing; 0: none.</summary>
    [Range(0.0, 100.0)]
    public double EntropyCoefficient { get; init; }

    /// <summary>
    /// Weight of the model's own loss on the data's responses, mixed in so that it keeps what it knew (PPO-ptx, Ouyang
    /// et al. 2022, equation 2); 0: none.
    /// </summary>
    [Range(0.0, 1000.0)]
    public double PretrainingCoefficient { get; init; }
}
