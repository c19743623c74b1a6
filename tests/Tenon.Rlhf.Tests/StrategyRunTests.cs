using Tenon.Gpt;
using Tenon.Host.Artifacts;
using Tenon.Host.Presentation;
using Tenon.Safetensors;

namespace Tenon.Rlhf.Tests;

[CollectionDefinition("rlhf runs", DisableParallelization = true)]
public sealed class RlhfRuns;

/// <summary>Whole runs of the three strategies with the host's training loop. Alone, since they count live tensors.</summary>
[Collection("rlhf runs")]
public class StrategyRunTests
{
    private static readonly PreferenceExample[] Pairs =
        [.. Enumerable.Range(0, 16).Select(i => new PreferenceExample($"p{i}", i % 2 == 0 ? " good" : " fine one", " bad", i % 3 == 0 ? 0.5 : null))];

    private static readonly PromptExample[] Prompts = [.. Enumerable.Range(0, 16).Select(i => new PromptExample($"say {i}", " aaa"))];

    private static readonly PpoOptions Short = new() { MaxNewTokens = 6, MinibatchSize = 2, Epochs = 2, KlTarget = 1, KlHorizon = 10 };

    [Theory]
    [InlineData(PreferenceLoss.Sigmoid)]
    [InlineData(PreferenceLoss.Ipo)]
    [InlineData(PreferenceLoss.Hinge)]
    public void Direct_preference_optimization_starts_where_the_formula_says(PreferenceLoss kind)
    {
        using var run = new RlhfRun();
        using GptModel model = RlhfRun.Policy();

        run.Train(model, Pairs, r => new Dpo().Run(new DpoOptions { Loss = kind }, (IRun<IPolicy>)r, default)).Should().NotBeNull();

        double[] losses = run.Figures("train/loss");
        double start = kind switch { PreferenceLoss.Sigmoid => Math.Log(2), PreferenceLoss.Ipo => 25, _ => 1 };
        losses[0].Should().BeApproximately(start, 1e-6 * start);
        losses[^1].Should().BeLessThan(losses[0]);
        run.Figures("dpo/margin")[0].Should().Be(0);
        run.Figures("dpo/margin")[^1].Should().BeGreaterThan(0);
    }

    [Fact]
    public void A_reward_model_learns_to_tell_pairs_apart()
    {
        using var run = new RlhfRun(steps: 16);
        using GptClassifier model = RlhfRun.RewardModel();

        run.Train(model, Pairs, r => new RewardTraining().Run(new RewardOptions { Centering = 0.01 }, (IRun<IRewardModel>)r, default), () => RlhfRun.RewardModel());

        run.Figures("train/loss")[0].Should().BeApproximately(Math.Log(2), 0.3);
        run.Figures("reward/accuracy")[^1].Should().Be(1);
        run.Figures("reward/validation_accuracy").Should().HaveSameCount(run.Figures("validation/loss"));
        run.Figures("reward/validation_accuracy")[^1].Should().Be(1);
        run.Figures("validation/loss")[^1].Should().BeLessThan(Math.Log(2));
    }

    [Fact]
    public void Without_reward_the_policy_stays_where_it_was()
    {
        using var run = new RlhfRun();
        using GptModel model = RlhfRun.Policy();
        using GptModel untouched = RlhfRun.Policy();

        // Policy and reference are equal, so the penalty is 0 too, and with it every advantage and every gradient.
        Ppo(run, model, Short with { ClipRange = 0 }).Should().NotBeNull();

        foreach ((string name, Tensor tensor) in model.state_dict())
            tensor.data<float>().ToArray().Should().Equal(untouched.state_dict()[name].data<float>().ToArray(), name);
        run.Figures("ppo/kl").Should().OnlyContain(divergence => divergence == 0);
    }

    [Fact]
    public void A_reward_is_learned()
    {
        using var run = new RlhfRun(steps: 48) { Reward = outcome => outcome.Response.Count(c => c < 'a') };
        using GptModel model = RlhfRun.Policy();

        Ppo(run, model, Short with { KlTarget = null, KlCoefficient = 0 });

        double[] rewards = run.Figures("ppo/reward");
        rewards[^4..].Average().Should().BeGreaterThan(rewards[..4].Average());
        run.Figures("reward/given").Should().Equal(rewards, (a, b) => Math.Abs(a - b) < 1e-6);
        run.Figures("ppo/kl")[^1].Should().BeGreaterThan(0);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(8)]
    public void A_resumed_policy_optimization_equals_the_uninterrupted_one(long stopAfter) => Resumes(
        stopAfter,
        (run, model, stop) => Ppo(run, model, Short with { PretrainingCoefficient = 0.1, EntropyCoefficient = 0.01 }, stop),
        "model.safetensors", "parameters.safetensors", "optimizer.safetensors");

    [Fact]
    public void A_resumed_direct_optimization_equals_the_uninterrupted_one() => Resumes(
        5,
        (run, model, stop) => run.Train(model, Pairs, r => new Dpo().Run(new DpoOptions(), (IRun<IPolicy>)r, default), stopAfter: stop),
        "model.safetensors", "optimizer.safetensors");

    [Fact]
    public void The_updates_of_one_rollout_are_saved_together()
    {
        using var run = new RlhfRun(steps: 12) { Reward = outcome => outcome.Response.Length };
        using GptModel model = RlhfRun.Policy();

        Ppo(run, model, Short, stopAfter: 5);

        // Two epochs of two minibatches: the stop after step 5 is honoured after step 8.
        Path.GetFileName(Checkpoint.Newest(run.Folder)!.Folder).Should().Be("step-00000008");
        using SafetensorsFile head = SafetensorsFile.Open(Path.Combine(Checkpoint.Newest(run.Folder)!.Folder, "parameters.safetensors"));
        head.Tensors.Keys.Should().BeEquivalentTo("companion.value.weight", "companion.value.bias");
    }

    [Theory]
    [InlineData("reward")]
    [InlineData("dpo")]
    [InlineData("ppo")]
    public void Steps_leave_no_live_tensors_behind(string strategy)
    {
        // A run of 16 steps may leave no more behind than one of 4.
        Left(4).Should().Be(Left(16));

        long Left(long steps)
        {
            using var run = new RlhfRun(steps) { Reward = outcome => outcome.Response.Length };
            using IModel model = strategy == "reward" ? RlhfRun.RewardModel() : RlhfRun.Policy();
            long before = Tensor.TotalCount;
            _ = strategy switch
            {
                "reward" => run.Train(model, Pairs, r => new RewardTraining().Run(new RewardOptions(), (IRun<IRewardModel>)r, default), () => RlhfRun.RewardModel()),
                "dpo" => run.Train(model, Pairs, r => new Dpo().Run(new DpoOptions(), (IRun<IPolicy>)r, default)),
                _ => Ppo(run, (GptModel)model, Short with { PretrainingCoefficient = 0.1 }),
            };
            return Tensor.TotalCount - before;
        }
    }

    private static RunSummary? Ppo(RlhfRun run, GptModel model, PpoOptions options, long? stopAfter = null) =>
        run.Train(model, Prompts, r => new Ppo().Run(options, (IRun<IPolicy>)r, default), stopAfter: stopAfter);

    private static void Resumes(long stopAfter, Func<RlhfRun, GptModel, long?, RunSummary?> train, params string[] files)
    {
        using var whole = new RlhfRun(steps: 12) { Reward = outcome => outcome.Response.Length };
        using (GptModel model = RlhfRun.Policy())
            train(whole, model, null).Should().NotBeNull();
        using var parted = new RlhfRun(steps: 12) { Reward = outcome => outcome.Response.Length };
        using (GptModel model = RlhfRun.Policy())
            train(parted, model, stopAfter).Should().BeNull();
        using (GptModel model = RlhfRun.Policy())
            train(parted, model, null).Should().NotBeNull();

        foreach (string file in files)
            parted.Last(file).Should().Equal(whole.Last(file), file);
        File.ReadAllBytes(parted.Folder.File("model.safetensors")).Should().Equal(File.ReadAllBytes(whole.Folder.File("model.safetensors")));
    }
}
