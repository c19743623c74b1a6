namespace Tenon.Rewards;

/// <summary>No options.</summary>
public sealed record AccuracyOptions;

/// <summary>Scores choices against the correct answer.</summary>
[Reward("accuracy", "1 for a correct choice, 0 for a wrong one")]
public sealed class AccuracyRewards : IRewardFactory<AccuracyOptions, ChoiceOutcome>
{
    /// <inheritdoc/>
    public IReward<ChoiceOutcome> Open(AccuracyOptions options, RewardContext context) => new AccuracyReward();

    private sealed class AccuracyReward : IReward<ChoiceOutcome>
    {
        public IReadOnlyList<double> Score(IReadOnlyList<ChoiceOutcome> outcomes) =>
            [.. outcomes.Select(outcome => outcome.Label is { } label
            ? outcome.Choice == label ? 1.0 : 0.0
            : throw new ModelException(
                $"The choice '{outcome.ChoiceName}' cannot be checked: its example has no label. Use labelled data or another reward."))];
    }
}
