using Tenon.Conformance;
using Xunit;

namespace Tenon.Testing;

/// <summary>
/// The contract of a reward as xUnit facts: inherit this class and pass the component. Model folders in its options open as the
/// kit's small model (<see cref="RewardSubject"/>).
/// </summary>
/// <typeparam name="TOptions">The options of the component.</typeparam>
/// <typeparam name="TOutcome">The type of outcome that it scores.</typeparam>
public abstract class RewardTests<TOptions, TOutcome> : Conformance<RewardSubject>
    where TOptions : class, new()
    where TOutcome : Outcome
{
    /// <summary>The component.</summary>
    protected abstract IRewardFactory<TOptions, TOutcome> Reward { get; }

    /// <summary>The component's options; null for the class's <see cref="ComponentAttribute.TestSettings"/>.</summary>
    protected virtual TOptions? Options => null;

    /// <summary>Base folder of relative paths in the options; null for the working directory.</summary>
    protected virtual string? Folder => null;

    /// <inheritdoc/>
    protected override RewardSubject Subject() => RewardSubject.Of(Reward, Options, Folder);

    /// <summary>Each outcome, including an empty text, has one finite score.</summary>
    [SkippableFact]
    public void Each_outcome_has_a_finite_score() => Verify(RewardChecks.Scores);

    /// <summary>The same outcomes get the same scores on every call and when the reward is reopened.</summary>
    [SkippableFact]
    public void Scores_are_deterministic() => Verify(RewardChecks.Repeats);

    /// <summary>An outcome's score depends neither on its position nor on the other outcomes.</summary>
    [SkippableFact]
    public void Batch_order_is_irrelevant() => Verify(RewardChecks.Order);

    /// <summary>No tensor stays alive after a call, and none after the reward is disposed.</summary>
    [SkippableFact]
    public void Does_not_leak_tensors() => Verify(RewardChecks.Frees);
}
