using Tenon.Gpt;
using Tenon.Host.Artifacts;

namespace Tenon.Rlhf.Tests;

/// <summary>Whole runs of direct preference optimization, on given pairs and on pairs of the policy's own samples.</summary>
[Collection("rlhf runs")]
public class DpoRunTests
{
    [Theory]
    [InlineData(PreferenceLoss.Sigmoid)]
    [InlineData(PreferenceLoss.Ipo)]
    [InlineData(PreferenceLoss.Hinge)]
    public void Direct_preference_optimization_starts_where_the_formula_says(PreferenceLoss kind)
    {
        using var run = new RlhfRun();
        using GptModel model = RlhfRun.Policy();

        run.Train(model, RlhfRun.Pairs, r => new Dpo().Run(new DpoOptions { Loss = kind }, r.As<IPolicy>(), default)).Should().NotBeNull();

        double[] losses = run.Figures("train/loss");
        double start = kind switch { PreferenceLoss.Sigmoid => Math.Log(2), PreferenceLoss.Ipo => 25, _ => 1 };
        losses[0].Should().BeApproximately(start, 1e-6 * start);
        losses[^1].Should().BeLessThan(losses[0]);
        run.Figures("dpo/margin")[0].Should().Be(0);
        run.Figures("dpo/margin")[^1].Should().BeGreaterThan(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_policy_learns_from_pairs_of_its_own_samples(int accumulate)
    {
        using var run = new RlhfRun(steps: 32) { Accumulate = accumulate, Reward = outcome => outcome.Response.Count(c => c < 'a') };
        using GptModel model = RlhfRun.Policy();

        Online(run, model).Should().NotBeNull();

        run.Figures("train/loss")[0].Should().BeApproximately(Math.Log(2), 1e-6);
        run.Figures("dpo/kl")[0].Should().Be(0);
        double[] rewards = run.Figures("dpo/reward");
        rewards[^8..].Average().Should().BeGreaterThan(rewards[..8].Average());
        run.Figures("dpo/ranked_pairs").Should().OnlyContain(share => share > 0 && share <= 1);
    }

    [Fact]
    public void A_reward_that_ranks_no_pair_ends_the_run_with_a_message()
    {
        using var run = new RlhfRun();
        using GptModel model = RlhfRun.Policy();
        Action train = () => Online(run, model);
        train.Should().Throw<ModelException>().WithMessage("The reward is equal for both samples in all of 40 pairs*");
    }

    [Fact]
    public void A_resumed_online_optimization_equals_the_uninterrupted_one() =>
        RlhfRun.Resumes(5, (run, model, stop) => Online(run, model, stop), "model.safetensors", "model.safetensors",
            "optimizer.safetensors");

    // Steps of two pairs of two samples: the second pair of the third step, when the first one has been scored.
    [Fact]
    public void A_stop_between_pairs_drops_what_the_first_ones_recorded() => RlhfRun.Resumes(
        63,
        (run, model, pass) => run.StoppedInside(model, pass, () => Online(run, model)),
        2, "model.safetensors", "model.safetensors", "optimizer.safetensors");

    [Fact]
    public void A_resumed_direct_optimization_equals_the_uninterrupted_one() => RlhfRun.Resumes(
        5,
        (run, model, stop) => run.Train(
            model, RlhfRun.Pairs, r => new Dpo().Run(new DpoOptions(), r.As<IPolicy>(), default), stopAfter: stop),
        "model.safetensors", "model.safetensors", "optimizer.safetensors");

    [Fact]
    public void The_better_sample_of_a_pair_is_chosen_and_ties_do_not_count()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Rollout Empty() => new(new Batch([], 3, 0), torch.zeros(3, 1), torch.ones(3, 1));
        using var pair = new RankedPair(Empty(), Empty(), torch.tensor([1f, -1f, 0f]), (torch.zeros(3), torch.zeros(3)));

        (Tensor chosen, Tensor rejected) = pair.Ordered((torch.tensor([1f, 2f, 3f]), torch.tensor([4f, 5f, 6f])));

        chosen.data<float>().ToArray()[..2].Should().Equal(1, 5);
        rejected.data<float>().ToArray()[..2].Should().Equal(4, 2);
        pair.Weight.Targets.Should().Be(2);
        pair.Mean(torch.tensor([1f, 2f, 100f])).item<float>().Should().Be(1.5f);
    }

    internal static RunSummary? Online(RlhfRun run, GptModel model, long? stopAfter = null) =>
        run.Train(model, RlhfRun.Prompts, r => new OnlineDpo()
            .Run(new OnlineDpoOptions { MaxNewTokens = 6 }, r.As<IPolicy>(), run.Stop.Token), stopAfter: stopAfter);
}
