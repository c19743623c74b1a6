namespace Tenon.Rlhf;

/// <summary>
/// The formulas of group relative policy optimization (Shao et al. 2024) and its variants. B: rows, T: actions. Results are in the
/// current dispose scope.
/// </summary>
internal static class GrpoMath
{
    // As in TRL: keeps the advantages of nearly equal rewards small.
    private const double Epsilon = 1e-4;

    /// <summary>The advantage of each row: its reward minus the mean of its group, divided by a standard deviation.</summary>
    /// <param name="rewards">The reward of each row. The rows of a group are adjacent.</param>
    /// <param name="groupSize">Rows in each group, at least 2.</param>
    /// <param name="scale">The standard deviation to divide by.</param>
    /// <returns>One advantage per row, exactly 0 in a group of equal rewards.</returns>
    public static double[] Advantages(IReadOnlyList<double> rewards, int groupSize, AdvantageScale scale)
    {
        double all = Deviation(rewards);
        return
        [
            .. rewards.Chunk(groupSize).SelectMany(group =>
            {
                double mean = group.Average();
                double divisor = scale switch
                {
                    AdvantageScale.Group => Deviation(group) + Epsilon,
                    AdvantageScale.Batch => all + Epsilon,
                    AdvantageScale.None => 1,
                    _ => throw new ArgumentOutOfRangeException(nameof(scale), scale, null),
                };
                return group.Select(reward => IsEqual(group) ? 0 : (reward - mean) / divisor);
            }),
        ];
    }

    /// <summary>Whether all rewards of a group are equal.</summary>
    /// <param name="group">The rewards, at least one.</param>
    public static bool IsEqual(IReadOnlyList<double> group) => group.All(reward => reward == group[0]);

    /// <summary>The penalty on the reward of a long response (Yu et al. 2025, equation 13).</summary>
    /// <param name="length">The number of actions in the response.</param>
    /// <param name="options">The maximum length, the buffer before it, and the maximum penalty.</param>
    /// <returns>From 0 to the maximum penalty.</returns>
    public static double Overlong(double length, GrpoOptions options) => options.OverlongBuffer is not { } buffer
        ? 0
        : options.OverlongPenalty * Math.Clamp((length - (options.MaxNewTokens - buffer)) / buffer, 0, 1);

    /// <summary>The KL divergence from the reference for each action, estimated by k3: unbiased, never negative (Schulman 2020).</summary>
    /// <param name="logProbabilities">float32 [B, T] under the policy.</param>
    /// <param name="reference">float32 [B, T] under the reference.</param>
    public static Tensor Divergence(Tensor logProbabilities, Tensor reference)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor difference = reference - logProbabilities;
        return (difference.exp() - difference - 1).MoveToOuterDisposeScope();
    }

    /// <summary>The clipped surrogate with the divergence from the reference, as a loss (Shao et al. 2024, equation 3).</summary>
    /// <param name="logProbabilities">float32 [B, T] under the current policy.</param>
    /// <param name="before">float32 [B, T] under the policy that sampled.</param>
    /// <param name="reference">float32 [B, T] under the reference; null if the coefficient is 0.</param>
    /// <param name="advantages">float32 [B, 1].</param>
    /// <param name="mask">float32 [B, T], 1 for actions.</param>
    /// <param name="options">Clipping, averaging, level of the ratio, coefficient.</param>
    /// <returns>The loss, the fraction of actions whose ratio was clipped, and the mean divergence if there is a reference.</returns>
    public static (Tensor Loss, Tensor Clipped, Tensor? Divergence) Loss(
        Tensor logProbabilities, Tensor before, Tensor? reference, Tensor advantages, Tensor mask, GrpoOptions options)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor logRatio = logProbabilities - before;
        if (options.Ratio == RatioLevel.Response)
            logRatio = MeanOfRows(logRatio, mask); // [B, T] -> [B, 1]
        Tensor ratio = logRatio.exp();
        Tensor near = ratio.clamp(1 - options.ClipRange, 1 + options.Above);
        Tensor limited = options.RatioLimit is { } limit ? ratio.clamp(max: limit) : ratio;
        Tensor losses = -torch.minimum(limited * advantages, near * advantages); // [B, T] or [B, 1]
        Tensor? divergence = null;
        if (reference is not null)
        {
            Tensor each = Divergence(logProbabilities, reference);
            losses = losses + each * options.KlCoefficient;
            divergence = MaskedStatistics.Mean(each, mask);
        }

        Tensor outside = ratio.lt(1 - options.ClipRange).logical_and(advantages.lt(0))
            .logical_or(ratio.gt(1 + options.Above).logical_and(advantages.gt(0)));
        Tensor clipped = MaskedStatistics.Mean(outside.to(torch.ScalarType.Float32).expand_as(mask), mask);
        return (
            Mean(losses.expand_as(mask), mask, options).MoveToOuterDisposeScope(), clipped.MoveToOuterDisposeScope(),
            divergence?.MoveToOuterDisposeScope());
    }

    private static Tensor Mean(Tensor losses, Tensor mask, GrpoOptions options)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return (options.LossMean switch
        {
            LossMean.Response => MeanOfRows(losses, mask).mean(),
            LossMean.Action => MaskedStatistics.Mean(losses, mask),
            LossMean.Constant => (losses * mask).sum() / (mask.size(0) * options.MaxNewTokens),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.LossMean, null),
        }).MoveToOuterDisposeScope();
    }

    // [B, T] -> [B, 1]
    private static Tensor MeanOfRows(Tensor values, Tensor mask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return ((values * mask).sum(1L, keepdim: true) / mask.sum(1L, keepdim: true).clamp(min: 1)).MoveToOuterDisposeScope();
    }

    // The unbiased standard deviation.
    private static double Deviation(IReadOnlyList<double> values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
    }
}
