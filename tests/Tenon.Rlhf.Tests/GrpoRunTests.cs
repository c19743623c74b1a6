using System.ComponentModel.DataAnnotations;
using Tenon.Gpt;
using Tenon.Host.Artifacts;
using Tenon.Host.Training.Checkpoints;

namespace Tenon.Rlhf.Tests;

/// <summary>Whole runs with the host's training loop.</summary>
[Collection("rlhf runs")]
public class GrpoRunTests
{
    // Combines the variants: DAPO's options with GSPO's ratio.
    private static readonly GrpoOptions Variants = new()
    {
        MaxNewTokens = 6,
        GroupSize = 3,
        KlCoefficient = 0,
        AdvantageScale = AdvantageScale.Batch,
        LossMean = LossMean.Action,
        Ratio = RatioLevel.Response,
        UpperClipRange = 0.28,
        RatioLimit = 2,
        DynamicSampling = true,
        MaxBatches = 3,
        OverlongBuffer = 3,
        OverlongPenalty = 0.5,
        Epochs = 2,
        MinibatchSize = 2,
    };

    internal static GrpoOptions Short { get; } = new() { MaxNewTokens = 6, GroupSize = 4, MinibatchSize = 2 };

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)] // Not exact in binary: the group's mean may differ from the reward.
    public void Without_differences_between_rewards_the_policy_does_not_change(double reward)
    {
        using var run = new RlhfRun { Reward = _ => reward };
        using GptModel model = RlhfRun.Policy();
        using GptModel untouched = RlhfRun.Policy();

        Grpo(run, model, Short with { Epochs = 2 }).Should().NotBeNull();

        foreach ((string name, Tensor tensor) in model.state_dict())
            tensor.data<float>().ToArray().Should().Equal(untouched.state_dict()[name].data<float>().ToArray(), name);
        run.Figures("grpo/kl").Should().OnlyContain(divergence => divergence == 0);
        run.Figures("grpo/equal_groups").Should().OnlyContain(share => share == 1);
        run.Figures("train/loss").Should().OnlyContain(loss => loss == 0);
    }

    [Theory]
    [InlineData("grpo")]
    [InlineData("dr-grpo")]
    [InlineData("dapo and gspo")]
    public void A_reward_is_learned(string variant)
    {
        GrpoOptions options = variant switch
        {
            "grpo" => Short with { KlCoefficient = 0.01 },
            "dr-grpo" => Short with { AdvantageScale = AdvantageScale.None, LossMean = LossMean.Constant },
            _ => Variants,
        };
        using var run = new RlhfRun(steps: 48) { Reward = outcome => outcome.Response.Count(c => c < 'a') };
        using GptModel model = RlhfRun.Policy();

        Grpo(run, model, options, reference: options.KlCoefficient > 0
            ? RlhfRun.Policy : () => throw new InvalidOperationException("a reference"));

        double[] rewards = run.Figures("grpo/reward");
        rewards[^4..].Average().Should().BeGreaterThan(rewards[..4].Average());
        run.Figures("grpo/kl").Should().HaveCount(options.KlCoefficient > 0 ? rewards.Length : 0);
        run.Figures("grpo/overlong_penalty").Should().HaveCount(options.OverlongBuffer is null ? 0 : rewards.Length);
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(8, false)]
    [InlineData(5, true)]
    public void A_resumed_run_equals_the_uninterrupted_one(long stopAfter, bool variants) => RlhfRun.Resumes(
        stopAfter, (run, model, stop) => Grpo(run, model, variants ? Variants : Short with { Epochs = 2 }, stopAfter: stop),
        "model.safetensors", "model.safetensors", "optimizer.safetensors");

    [Fact]
    public void The_updates_of_one_rollout_are_saved_together()
    {
        using var run = new RlhfRun(steps: 12) { Reward = outcome => outcome.Response.Length };
        using GptModel model = RlhfRun.Policy();

        Grpo(run, model, Short with { Epochs = 2 }, stopAfter: 5);

        // Two epochs of two minibatches of two prompts: the stop after step 5 is honored after step 8.
        Path.GetFileName(Checkpoint.Newest(run.Folder)!.Folder).Should().Be("step-00000008");
    }

    [Theory]
    [InlineData(LossMean.Response)]
    [InlineData(LossMean.Action)]
    [InlineData(LossMean.Constant)]
    public void Accumulated_minibatches_make_the_update_of_the_whole_rollout(LossMean mean)
    {
        double[] whole = First(1, null), halves = First(2, null), ones = First(4, 1);

        whole[1].Should().BePositive();
        halves[0].Should().BeApproximately(whole[0], 1e-6);
        halves[1].Should().BeApproximately(whole[1], 1e-5 * whole[1]);
        ones[1].Should().BeApproximately(whole[1], 1e-5 * whole[1]);

        double[] First(int accumulate, int? minibatch)
        {
            using var run = new RlhfRun(steps: 2) { Accumulate = accumulate, Reward = outcome => outcome.Response.Count(c => c < 'a') };
            using GptModel model = RlhfRun.Policy();
            Grpo(run, model, Short with { LossMean = mean, MinibatchSize = minibatch }).Should().NotBeNull();
            return [run.Figures("train/loss")[0], run.Figures("train/gradient_norm")[0]];
        }
    }

    // Only some prompts can get different rewards, and some batches contain no such prompt.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Dynamic_sampling_takes_further_inputs_for_groups_of_equal_rewards(bool isDynamic)
    {
        int scored = 0;
        using var run = new RlhfRun(steps: 6)
        {
            Reward = outcome =>
            {
                scored++;
                return outcome.Prompt.EndsWith('3') || outcome.Prompt.EndsWith('5') ? outcome.Response.Count(c => c < 'a') : 1;
            },
        };
        using GptModel model = RlhfRun.Policy();

        Grpo(run, model, Short with { DynamicSampling = isDynamic, MaxBatches = 4, MinibatchSize = null, KlCoefficient = 0 });

        const int Rollout = 4 * 4;
        if (isDynamic)
            scored.Should().BeGreaterThan(2 * 6 * Rollout);
        else
            scored.Should().Be(6 * Rollout);
        run.Figures("train/gradient_norm").Count(norm => norm == 0).Should().BeLessThan(isDynamic ? 1 : 6);
        run.Figures("grpo/equal_groups").Average().Should().BeGreaterThan(0.5);
    }

    [Fact]
    public void The_answer_of_the_data_reaches_the_reward()
    {
        var answers = new HashSet<string?>();
        using var run = new RlhfRun(steps: 1) { Reward = outcome => answers.Add(outcome.Answer) ? 1 : 0 };
        using GptModel model = RlhfRun.Policy();

        Grpo(run, model, Short);

        answers.Should().Equal(" aaa");
    }

    [Theory]
    [InlineData(1.2, null, "*is 1.2, but must be above 1.2, where ratios with positive advantages are already clipped*")]
    [InlineData(null, 40, "*is 40, but a response has at most 32 actions (maxNewTokens)*")]
    public void Options_that_have_no_effect_are_refused(double? limit, int? buffer, string message)
    {
        var options = new GrpoOptions { RatioLimit = limit, OverlongBuffer = buffer };

        options.Validate(new ValidationContext(options)).Should().ContainSingle().Which.ErrorMessage.Should().Match(message);
    }

    internal static RunSummary? Grpo(RlhfRun run, GptModel model, GrpoOptions options, Func<IModel>? reference = null,
        long? stopAfter = null) =>
        run.Train(model, RlhfRun.Prompts, r => new Grpo().Run(options, r.As<IPolicy>(), run.Stop.Token), reference, stopAfter);
}
