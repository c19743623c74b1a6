using System.ComponentModel.DataAnnotations;

namespace Tenon.Rlhf;

/// <summary>Estimator of a token's divergence from the reference, from log π and log π_ref of the sampled token.</summary>
public enum KlEstimate
{
    /// <summary>log π − log π_ref: unbiased; may be negative.</summary>
    Kl,

    /// <summary>Its absolute value.</summary>
    Abs,

    /// <summary>Half its square.</summary>
    Mse,
}

/// <summary>Options of proximal policy optimization.</summary>
public sealed record PpoOptions : RolloutOptions
{
    /// <summary>Passes over each rollout.</summary>
    [Range(1, 1000)]
    public int Epochs { get; init; } = 4;

    /// <summary>Initial coefficient of the per-token KL penalty.</summary>
    [Range(0.0, 100.0)]
    public double KlCoefficient { get; init; } = 0.2;

    /// <summary>Estimator of a token's divergence.</summary>
    public KlEstimate KlPenalty { get; init; } = KlEstimate.Kl;

    /// <summary>
    /// Target divergence of a response in nats, for adapting the coefficient (Ziegler et al. 2019, section 2.2). By default,
    /// the coefficient is fixed.
    /// </summary>
    [Range(1e-6, 1e6)]
    public double? KlTarget { get; init; }

    /// <summary>Horizon, in responses, of an adapted coefficient.</summary>
    [Range(1, 1_000_000_000)]
    public long KlHorizon { get; init; } = 10_000;

    /// <summary>γ: discount per action.</summary>
    [Range(0.0, 1.0)]
    public double Discount { get; init; } = 1;

    /// <summary>λ of generalized advantage estimation (Schulman et al. 2016).</summary>
    [Range(0.0, 1.0)]
    public double Lambda { get; init; } = 0.95;

    /// <summary>Whether to scale rewards, penalties included, to variance 1.</summary>
    public bool WhitenRewards { get; init; }

    /// <summary>ε: clipping range of the probability ratio (Schulman et al. 2017, equation 7).</summary>
    [Range(0.0, 100.0)]
    public double ClipRange { get; init; } = 0.2;

    /// <summary>Clipping range of values, around the values before the updates.</summary>
    [Range(0.0, 1e6)]
    public double ValueClipRange { get; init; } = 0.2;

    /// <summary>Weight of the value loss.</summary>
    [Range(0.0, 1000.0)]
    public double ValueCoefficient { get; init; } = 0.1;

    /// <summary>The value head's learning rate as a multiple of the policy's.</summary>
    [Range(1e-3, 1e4)]
    public double ValueLearningRateScale { get; init; } = 1;

    /// <summary>Weight of the entropy bonus, which keeps the policy from collapsing; 0 turns it off.</summary>
    [Range(0.0, 100.0)]
    public double EntropyCoefficient { get; init; }

    /// <summary>
    /// Weight of the model's own loss on the data's responses, which counters forgetting (PPO-ptx, Ouyang et al. 2022, equation
    /// 2); 0 turns it off.
    /// </summary>
    [Range(0.0, 1000.0)]
    public double PretrainingCoefficient { get; init; }
}
