using Tenon.Host.Evaluation.Rewards;

namespace Tenon.Host.Tests.Evaluation.Rewards;

public class ComposedRewardTests
{
    private static readonly TextOutcome[] Texts = [new("a", "bb", true), new("", "cccc", false)];

    [Fact]
    public void Adds_up_weighted_scores_and_records_each_part()
    {
        using var sum = new ComposedReward([new RewardPart("length", 2, new Length()), new RewardPart("constant", -1, new Constant(0.5))]);
        var recorded = new Dictionary<string, double>();

        sum.Score(Texts).Should().Equal(3.5, 7.5);
        sum.Recording(recorded.Add).Score(Texts).Should().Equal(3.5, 7.5);

        recorded.Should().Equal(new Dictionary<string, double> { ["reward/length"] = 3, ["reward/constant"] = 0.5 });
    }

    [Fact]
    public void Refuses_scores_that_are_no_numbers()
    {
        using var sum = new ComposedReward([new RewardPart("broken", 1, new Constant(double.NaN))]);

        sum.Invoking(reward => reward.Score(Texts)).Should().Throw<ModelException>()
            .WithMessage("The reward 'broken' returned 0 finite scores for 2 outcomes. A reward must return one finite score per outcome.");
    }

    [Fact]
    public void Disposes_what_holds_something()
    {
        var constant = new Constant(1);

        new ComposedReward([new RewardPart("constant", 1, constant), new RewardPart("length", 1, new Length())]).Dispose();

        constant.Disposed.Should().BeTrue();
    }

    private sealed class Length : IReward<Outcome>
    {
        public IReadOnlyList<double> Score(IReadOnlyList<Outcome> outcomes) =>
            [.. outcomes.Cast<TextOutcome>().Select(text => (double)text.Response.Length)];
    }

    private sealed class Constant(double value) : IReward<Outcome>, IDisposable
    {
        public bool Disposed { get; private set; }

        public IReadOnlyList<double> Score(IReadOnlyList<Outcome> outcomes) => [.. outcomes.Select(_ => value)];

        public void Dispose() => Disposed = true;
    }
}
