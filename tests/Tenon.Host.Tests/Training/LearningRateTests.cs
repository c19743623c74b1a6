using Tenon.Host.Recipes;
using Tenon.Host.Training;

namespace Tenon.Host.Tests.Training;

public sealed class LearningRateTests
{
    private static readonly TrainingOptions Options =
        new() { Steps = 50, WarmupSteps = 10, LearningRate = 1e-3, FinalLearningRateShare = 0.1 };

    [Fact]
    public void Cosine_equals_nanoGPT()
    {
        var rate = new LearningRate(Options);
        for (int it = 0; it < 50; it++)
        {
            double expected = it < 10
                ? 1e-3 * (it + 1) / 11
                : 1e-4 + 0.5 * (1 + Math.Cos(Math.PI * (it - 10) / 40)) * (1e-3 - 1e-4);
            rate.At(it).Should().BeApproximately(expected, 1e-15);
        }
    }

    [Theory]
    [InlineData(LearningRateSchedule.Linear, 30, 5.5e-4)]
    [InlineData(LearningRateSchedule.Linear, 50, 1e-4)]
    [InlineData(LearningRateSchedule.Constant, 49, 1e-3)]
    public void Others_follow_their_line(LearningRateSchedule schedule, long step, double expected) =>
        new LearningRate(Options with { Schedule = schedule }).At(step).Should().BeApproximately(expected, 1e-15);

    [Fact]
    public void A_warm_up_as_long_as_the_run_only_rises()
    {
        var rate = new LearningRate(Options with { WarmupSteps = 50 });
        Enumerable.Range(0, 50).Select(step => rate.At(step)).Should().BeInAscendingOrder()
            .And.OnlyContain(value => value > 0 && value < 1e-3);
    }
}
