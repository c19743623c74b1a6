using System.ComponentModel.DataAnnotations;

namespace Tenon.Rlhf;

/// <summary>The standard deviation by which advantages are divided.</summary>
public enum AdvantageScale
{
    /// <summary>The standard deviation of the rewards in the group (Shao et al. 2024).</summary>
    Group,

    /// <summary>The standard deviation of all rewards in the batch.</summary>
    Batch,

    /// <summary>Advantages are not divided (Liu et al. 2025, Dr. GRPO).</summary>
    None,
}

/// <summary>How the losses of the actions are averaged.</summary>
public enum LossMean
{
    /// <summary>Over the actions of each response, then over responses (Shao et al. 2024).</summary>
    Response,

    /// <summary>Over all actions of an update, which gives long responses more weight (Yu et al. 2025, DAPO).</summary>
    Action,

    /// <summary>
    /// The sum over the actions of each response is divided by <c>maxNewTokens</c> and then averaged over responses. The weight of an
    /// action does not depend on the length of its response (Liu et al. 2025, Dr. GRPO).
    /// </summary>
    Constant,
}

/// <summary>What a probability ratio covers.</summary>
public enum RatioLevel
{
    /// <summary>Each action (Shao et al. 2024).</summary>
    Action,

    /// <summary>The whole response: the geometric mean over its actions (Zheng et al. 2025, GSPO).</summary>
    Response,
}

/// <summary>Options of group relative policy optimization.</summary>
public sealed record GrpoOptions : RolloutOptions, IValidatableObject
{
    /// <summary>G: number of samples per input, whose rewards are compared with each other.</summary>
    [Range(2, 10_000)]
    public int GroupSize { get; init; } = 8;

    /// <summary>μ: passes over each rollout.</summary>
    [Range(1, 1000)]
    public int Epochs { get; init; } = 1;

    /// <summary>
    /// β: weight of the KL divergence from the initial model, estimated per action (k3, Schulman 2020). With 0, no reference model is
    /// loaded and the divergence is not recorded.
    /// </summary>
    [Range(0.0, 100.0)]
    public double KlCoefficient { get; init; } = 0.04;

    /// <summary>The standard deviation by which advantages are divided.</summary>
    public AdvantageScale AdvantageScale { get; init; } = AdvantageScale.Group;

    /// <summary>How the losses of the actions are averaged.</summary>
    public LossMean LossMean { get; init; } = LossMean.Response;

    /// <summary>What a probability ratio covers.</summary>
    public RatioLevel Ratio { get; init; } = RatioLevel.Action;

    /// <summary>ε: clipping range of the probability ratio below 1, and above it unless <see cref="UpperClipRange"/> is set.</summary>
    [Range(0.0, 100.0)]
    public double ClipRange { get; init; } = 0.2;

    /// <summary>
    /// Clipping range of the probability ratio above 1. A value larger than <see cref="ClipRange"/> lets the probability of unlikely
    /// actions grow further (clip-higher; Yu et al. 2025, DAPO). Defaults to <see cref="ClipRange"/>.
    /// </summary>
    [Range(0.0, 100.0)]
    public double? UpperClipRange { get; init; }

    /// <summary>
    /// δ: maximum of the probability ratio, also for negative advantages (two-sided clipping; Prime Intellect 2025, INTELLECT-2).
    /// It must exceed 1 plus the upper clipping range. By default, there is no limit.
    /// </summary>
    [Range(1.0, 1e6)]
    public double? RatioLimit { get; init; }

    /// <summary>
    /// Whether to replace groups with equal rewards, from which nothing can be learned, with groups for further inputs (dynamic
    /// sampling; Yu et al. 2025, DAPO).
    /// </summary>
    public bool DynamicSampling { get; init; }

    /// <summary>
    /// Maximum number of batches that dynamic sampling draws for a rollout. If they contain too few groups with different rewards, the
    /// rollout is filled up with other groups.
    /// </summary>
    [Range(1, 1000)]
    public int MaxBatches { get; init; } = 10;

    /// <summary>
    /// Number of actions before <c>maxNewTokens</c> over which the penalty on the reward of a response grows linearly from 0 to
    /// <see cref="OverlongPenalty"/> (soft overlong punishment; Yu et al. 2025, DAPO). By default, length has no effect.
    /// </summary>
    [Range(1, 1_000_000)]
    public int? OverlongBuffer { get; init; }

    /// <summary>Penalty on the reward of a response of <c>maxNewTokens</c> actions. Requires <see cref="OverlongBuffer"/>.</summary>
    [Range(0.0, 1e6)]
    public double OverlongPenalty { get; init; } = 1;

    /// <summary>The effective clipping range above 1.</summary>
    internal double Above => UpperClipRange ?? ClipRange;

    /// <summary>Checks combinations of options.</summary>
    /// <param name="validationContext">Not used.</param>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (RatioLimit <= 1 + Above)
        {
            yield return new ValidationResult(FormattableString.Invariant(
                $"is {RatioLimit}, but must be above {1 + Above}, where ratios with positive advantages are already clipped. ") +
                "Raise it, or lower the clipping range.",
                [nameof(RatioLimit)]);
        }

        if (OverlongBuffer > MaxNewTokens)
        {
            yield return new ValidationResult(
                $"is {OverlongBuffer}, but a response has at most {MaxNewTokens} actions (maxNewTokens). Lower it, or raise maxNewTokens.",
                [nameof(OverlongBuffer)]);
        }
    }
}
