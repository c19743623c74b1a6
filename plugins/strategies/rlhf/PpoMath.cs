namespace Tenon.Rlhf;

/// <summary>
/// The formulas of proximal policy optimization on sequences with a KL penalty towards a reference (Ziegler et al. 2019;
/// Schulman et al. 2017). B: rows, T: actions. Results are in the current dispose scope.
/// </summary>
internal static class PpoMath
{
    /// <summary>The divergence from the reference for each action.</summary>
    /// <param name="logProbabilities">float32 [B, T] under the policy that sampled.</param>
    /// <param name="reference">float32 [B, T] under the reference.</param>
    /// <param name="estimate">The estimator.</param>
    public static Tensor Distance(Tensor logProbabilities, Tensor reference, KlEstimate estimate)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor difference = logProbabilities - reference;
        Tensor distance = estimate switch
        {
            KlEstimate.Kl => difference.alias(),
            KlEstimate.Abs => difference.abs(),
            KlEstimate.Mse => difference.square() * 0.5,
            _ => throw new ArgumentOutOfRangeException(nameof(estimate), estimate, null),
        };
        return distance.MoveToOuterDisposeScope();
    }

    /// <summary>The reward of each action: the penalty, plus the score of the response at the last action.</summary>
    /// <param name="scores">float32 [B].</param>
    /// <param name="distance">float32 [B, T].</param>
    /// <param name="mask">float32 [B, T], 1 for actions, which come first in each row.</param>
    /// <param name="coefficient">The penalty coefficient.</param>
    public static Tensor Rewards(Tensor scores, Tensor distance, Tensor mask, double coefficient)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor last = (mask.sum(1L, keepdim: true) - 1).clamp(min: 0).to(torch.ScalarType.Int64); // [B, 1]
        return (-distance * coefficient).scatter_add(1, last, scores.unsqueeze(1)).MoveToOuterDisposeScope();
    }

    /// <summary>Generalized advantage estimation (Schulman et al. 2016, equation 16).</summary>
    /// <param name="values">float32 [B, T] of the states before the actions.</param>
    /// <param name="rewards">float32 [B, T].</param>
    /// <param name="mask">float32 [B, T].</param>
    /// <param name="options">γ, λ, whitening.</param>
    /// <returns>Advantages with mean 0 and variance 1, and returns; float32 [B, T].</returns>
    public static (Tensor Advantages, Tensor Returns) Advantages(Tensor values, Tensor rewards, Tensor mask, PpoOptions options)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        values = values * mask;
        rewards = rewards * mask;
        if (options.WhitenRewards)
            rewards = MaskedStatistics.Whiten(rewards, mask, keepMean: true);
        long actions = values.size(1);
        var advantages = new Tensor[actions];
        Tensor next = torch.zeros_like(values.select(1, 0)); // value of the state after the action, [B]
        Tensor sum = torch.zeros_like(next);
        for (long t = actions - 1; t >= 0; t--)
        {
            Tensor value = values.select(1, t);
            Tensor error = rewards.select(1, t) + next * options.Discount - value;
            advantages[t] = sum = error + sum * (options.Discount * options.Lambda);
            next = value;
        }

        Tensor estimate = torch.stack(advantages, 1);
        Tensor returns = estimate + values;
        Tensor whitened = MaskedStatistics.Whiten(estimate, mask, keepMean: false).detach();
        return (whitened.MoveToOuterDisposeScope(), returns.MoveToOuterDisposeScope());
    }

    /// <summary>The clipped surrogate (Schulman et al. 2017, equation 7), as a loss.</summary>
    /// <param name="logProbabilities">float32 [B, T] under the current policy.</param>
    /// <param name="before">float32 [B, T] under the policy that sampled.</param>
    /// <param name="advantages">float32 [B, T].</param>
    /// <param name="mask">float32 [B, T].</param>
    /// <param name="range">ε.</param>
    /// <returns>The loss, and the fraction of actions whose ratio was clipped.</returns>
    public static (Tensor Loss, Tensor Clipped) PolicyLoss(
        Tensor logProbabilities, Tensor before, Tensor advantages, Tensor mask, double range)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor ratio = (logProbabilities - before).exp();
        Tensor free = -advantages * ratio;
        Tensor clipped = -advantages * ratio.clamp(1 - range, 1 + range);
        (Tensor loss, Tensor share) = Pessimistic(free, clipped, mask, 1);
        return (loss.MoveToOuterDisposeScope(), share.MoveToOuterDisposeScope());
    }

    /// <summary>The clipped value loss: the squared error of values that may move by at most ε per rollout.</summary>
    /// <param name="values">float32 [B, T], current values.</param>
    /// <param name="before">float32 [B, T], values at the time of the rollout.</param>
    /// <param name="returns">float32 [B, T].</param>
    /// <param name="mask">float32 [B, T].</param>
    /// <param name="range">ε.</param>
    /// <returns>The loss, and the fraction of values that were clipped.</returns>
    public static (Tensor Loss, Tensor Clipped) ValueLoss(Tensor values, Tensor before, Tensor returns, Tensor mask, double range)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor near = values.maximum(before - range).minimum(before + range);
        (Tensor loss, Tensor share) = Pessimistic((values - returns).square(), (near - returns).square(), mask, 0.5);
        return (loss.MoveToOuterDisposeScope(), share.MoveToOuterDisposeScope());
    }

    private static (Tensor Loss, Tensor Clipped) Pessimistic(Tensor free, Tensor clipped, Tensor mask, double factor)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor loss = MaskedStatistics.Mean(torch.maximum(free, clipped), mask) * factor;
        Tensor share = MaskedStatistics.Mean(clipped.gt(free).to(torch.ScalarType.Float32), mask);
        return (loss.MoveToOuterDisposeScope(), share.MoveToOuterDisposeScope());
    }
}
