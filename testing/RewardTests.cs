using Tenon.Conformance;
using Xunit;

namespace Tenon.Testing;

/// <summary>
/// What the contract asks of a reward, as facts: inherit it once and give the component. Model folders that its options name
/// open as a small model of the kit's own (<see cref="RewardSubject"/>).
/// </summary>
/// <typeparam name="TOptions">Its options.</typeparam>
/// <typeparam name="TOutcome">The type of outcome that it scores.</typeparam>
public abstract class RewardTests<TOptions, TOutcome> : Conformance<RewardSubject>
    where TOptions : class, new()
    where TOutcome : Outcome
{
    /// <summary>The component.</summary>
    protected abstract IRewardFactory<TOptions, TOutcome> Reward { get; }

    /// <summary>Its options; null: the <see cref="ComponentAttribute.TestSettings"/> of the class.</summary>
    protected virtual TOptions? Options => null;

    /// <summary>Where relative paths in the options start; null: the working directory.</summary>
    protected virtual string? Folder => null;

    /// <inheritdoc/>
    protected override RewardSubject Subject() => RewardSubject.Of(Reward, Options, Folder);

    /// <summary>Each outcome has one score, a finite number; an empty text has one too.</summary>
    [SkippableFact]
    public void Each_outcome_has_a_finite_score() => Keeps(RewardChecks.Scores);

    /// <summary>The same outcomes have the same scores on every call, and when the reward is opened again.</summary>
    [SkippableFact]
    public void Scores_repeat() => Keeps(RewardChecks.Repeats);

    /// <summary>An outcome's score depends neither on its place among the outcomes nor on the others.</summary>
    [SkippableFact]
    public void Order_in_a_batch_is_free() => Keeps(RewardChecks.Order);

    /// <summary>From call to call no tensor is left alive, and none when the reward is disposed.</summary>
    [SkippableFact]
    public void Leaves_no_tensor_behind() => Keeps(RewardChecks.Frees);
}
