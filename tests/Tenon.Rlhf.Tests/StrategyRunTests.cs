using Tenon.Gpt;
using Tenon.Host.Evaluation.Plots;

namespace Tenon.Rlhf.Tests;

/// <summary>Whole runs of a reward model, and what the runs of all strategies have in common.</summary>
[Collection("rlhf runs")]
public class StrategyRunTests
{
    [Fact]
    public void A_reward_model_learns_to_rank_pairs()
    {
        using var run = new RlhfRun(steps: 16);
        using GptClassifier model = RlhfRun.RewardModel();

        run.Train(model, RlhfRun.Pairs, r => new RewardTraining()
            .Run(new RewardOptions { Centering = 0.01 }, r.As<IRewardModel>(), default), () => RlhfRun.RewardModel());

        run.Figures("train/loss")[0].Should().BeApproximately(Math.Log(2), 0.3);
        run.Figures("reward/accuracy")[^1].Should().Be(1);
        run.Figures("reward/validation_accuracy").Should().HaveSameCount(run.Figures("validation/loss"));
        run.Figures("reward/validation_accuracy")[^1].Should().Be(1);
        run.Figures("validation/loss")[^1].Should().BeLessThan(Math.Log(2));
    }

    [Theory]
    [InlineData("reward", false)]
    [InlineData("dpo", false)]
    [InlineData("online-dpo", true)]
    [InlineData("ppo", true)]
    [InlineData("grpo", true)]
    public void A_loss_that_validation_does_not_measure_has_its_own_name_and_axis(string strategy, bool isNamed)
    {
        using var run = new RlhfRun(4) { Reward = outcome => outcome.Response.Length };
        using IModel model = strategy == "reward" ? RlhfRun.RewardModel() : RlhfRun.Policy();

        Train(strategy, run, model);

        LossCurves drawn = run.Plots.Losses[^1];
        (drawn.Objective is not null).Should().Be(isNamed);
        drawn.Training.Should().NotBeEmpty();
        drawn.Validation.Should().NotBeEmpty();
    }

    [Theory]
    [InlineData("reward")]
    [InlineData("dpo")]
    [InlineData("online-dpo")]
    [InlineData("ppo")]
    [InlineData("grpo")]
    public void Steps_leave_no_live_tensors_behind(string strategy)
    {
        // A run of 16 steps must not leave more tensors than a run of 4.
        Left(4).Should().Be(Left(16));

        long Left(long steps)
        {
            using var run = new RlhfRun(steps) { Reward = outcome => outcome.Response.Length };
            using IModel model = strategy == "reward" ? RlhfRun.RewardModel() : RlhfRun.Policy();
            return LiveTensors.LeftBy(() => Train(strategy, run, model));
        }
    }

    private static void Train(string strategy, RlhfRun run, IModel model) => _ = strategy switch
    {
        "reward" => run.Train(model, RlhfRun.Pairs, r => new RewardTraining()
            .Run(new RewardOptions(), r.As<IRewardModel>(), default), () => RlhfRun.RewardModel()),
        "dpo" => run.Train(model, RlhfRun.Pairs, r => new Dpo().Run(new DpoOptions(), r.As<IPolicy>(), default)),
        "online-dpo" => DpoRunTests.Online(run, (GptModel)model),
        "grpo" => GrpoRunTests.Grpo(run, (GptModel)model, GrpoRunTests.Short),
        _ => PpoRunTests.Ppo(run, (GptModel)model, PpoRunTests.Short with { PretrainingCoefficient = 0.1 }),
    };
}
