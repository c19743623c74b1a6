using System.ComponentModel.DataAnnotations;

namespace Tenon.Rewards;

/// <summary>Options of <c>reward-model</c>.</summary>
public sealed record RewardModelOptions
{
    /// <summary>Folder of a trained reward model, relative to the recipe.</summary>
    [Required, Folder]
    public string? From { get; init; }
}

/// <summary>Scores responses with a trained reward model (Ouyang et al. 2022, section 3.5).</summary>
[Reward("reward-model", "The score from a trained reward model", TestSettings = ["from=model"])]
public sealed class RewardModelRewards : IRewardFactory<RewardModelOptions, TextOutcome>
{
    /// <inheritdoc/>
    public IReward<TextOutcome> Open(RewardModelOptions options, RewardContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ScoringModel scorer = ScoringModel.Open(options.From!, context);
        if (scorer.Model is IRewardModel model)
            return new RewardModelReward(scorer, model);
        scorer.Dispose();
        throw new ModelException(
            $"The model in '{scorer.Folder}' is a {scorer.Model.GetType().Name}, not a reward model. Train one with the strategy " +
            "'reward', or use the reward 'classifier'.");
    }

    private sealed class RewardModelReward(ScoringModel scorer, IRewardModel model) : IReward<TextOutcome>, IDisposable
    {
        public IReadOnlyList<double> Score(IReadOnlyList<TextOutcome> outcomes) => scorer.Score<TextOutcome>(
            model.Collate, outcomes, model.Rewards, (_, row) => row[0]);

        public void Dispose() => scorer.Dispose();
    }
}
