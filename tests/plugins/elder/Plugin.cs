using Tenon;

[assembly: Plugin("zoo.elder", "Built with the first version of a library")]

namespace Zoo;

public sealed record Nothing;

[Reward("elder", "Counts words")]
public sealed class Elder : IRewardFactory<Nothing, TextOutcome>, IReward<TextOutcome>
{
    public IReward<TextOutcome> Open(Nothing options, RewardContext context) => this;

    public IReadOnlyList<double> Score(IReadOnlyList<TextOutcome> outcomes) => [.. outcomes.Select(o => (double)Words.Count(o.Response))];
}
