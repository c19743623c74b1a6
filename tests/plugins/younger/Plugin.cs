using Tenon;

[assembly: Plugin("zoo.younger", "Built with the second version of a library")]

namespace Zoo;

public sealed record Nothing;

[Reward("younger", "Counts different words")]
public sealed class Younger : IRewardFactory<Nothing, TextOutcome>, IReward<TextOutcome>
{
    public IReward<TextOutcome> Open(Nothing options, RewardContext context) => this;

    public IReadOnlyList<double> Score(IReadOnlyList<TextOutcome> outcomes) =>
        [.. outcomes.Select(o => Words.Count(o.Response, distinct: true))];
}
