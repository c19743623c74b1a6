using Tenon.Gpt;
using Tenon.Host.Artifacts;
using Tenon.Host.Training.Checkpoints;
using Tenon.Safetensors;

namespace Tenon.Rlhf.Tests;

/// <summary>Whole runs of proximal policy optimization.</summary>
[Collection("rlhf runs")]
public class PpoRunTests
{
    internal static PpoOptions Short { get; } = new() { MaxNewTokens = 6, MinibatchSize = 2, Epochs = 2, KlTarget = 1, KlHorizon = 10 };

    [Fact]
    public void Without_a_reward_the_policy_does_not_change()
    {
        using var run = new RlhfRun();
        using GptModel model = RlhfRun.Policy();
        using GptModel untouched = RlhfRun.Policy();

        // Policy and reference are equal, so the penalty, every advantage and every gradient are 0.
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
    public void A_resumed_policy_optimization_equals_the_uninterrupted_one(long stopAfter) => RlhfRun.Resumes(
        stopAfter,
        (run, model, stop) => Ppo(run, model, Short with { PretrainingCoefficient = 0.1, EntropyCoefficient = 0.01 }, stop),
        "model.safetensors", "model.safetensors", "parameters.safetensors", "optimizer.safetensors");

    // The first rollout has at most six tokens and one evaluation; the tenth pass without gradients is within the second.
    [Fact]
    public void A_stop_during_a_rollout_abandons_it_and_a_resumed_run_repeats_it() => RlhfRun.Resumes(
        10,
        (run, model, pass) => run.StoppedInside(model, pass, () => Ppo(run, model, Short)),
        "model.safetensors", "model.safetensors", "parameters.safetensors", "optimizer.safetensors");

    [Fact]
    public void The_updates_of_one_rollout_are_saved_together()
    {
        using var run = new RlhfRun(steps: 12) { Reward = outcome => outcome.Response.Length };
        using GptModel model = RlhfRun.Policy();

        Ppo(run, model, Short, stopAfter: 5);

        // Two epochs of two minibatches: the stop after step 5 is honored after step 8.
        Path.GetFileName(Checkpoint.Newest(run.Folder)!.Folder).Should().Be("step-00000008");
        using SafetensorsFile head = SafetensorsFile.Open(Path.Combine(Checkpoint.Newest(run.Folder)!.Folder, "parameters.safetensors"));
        head.Tensors.Keys.Should().BeEquivalentTo("auxiliary.value.weight", "auxiliary.value.bias");
    }

    [Fact]
    public void Accumulated_minibatches_make_the_update_of_the_whole_rollout()
    {
        double[][] whole = Figures(1, null), halves = Figures(2, null), ones = Figures(4, 1);

        halves[0][0].Should().BeApproximately(whole[0][0], 1e-6);
        halves[1][0].Should().BeApproximately(whole[1][0], 1e-5 * whole[1][0]);
        ones[1][0].Should().BeApproximately(whole[1][0], 1e-5 * whole[1][0]);
        // One update per epoch over the four rows: the number of rollouts is the same either way.
        whole[2].Length.Should().Be(4);
        halves[2].Length.Should().Be(4);
        Figures(1, 2)[2].Length.Should().Be(2);

        static double[][] Figures(int accumulate, int? minibatch)
        {
            using var run = new RlhfRun { Accumulate = accumulate, Reward = outcome => outcome.Response.Count(c => c < 'a') };
            using GptModel model = RlhfRun.Policy();
            Ppo(run, model, Short with
            {
                MinibatchSize = minibatch,
                ValueCoefficient = 0.5,
                EntropyCoefficient = 0.1,
                PretrainingCoefficient = 0.1
            }).Should().NotBeNull();
            return [run.Figures("train/loss"), run.Figures("train/gradient_norm"), run.Figures("ppo/reward")];
        }
    }

    [Fact]
    public void More_minibatches_in_an_update_than_a_rollout_has_are_rejected()
    {
        using var run = new RlhfRun { Accumulate = 3 };
        using GptModel model = RlhfRun.Policy();
        Action train = () => Ppo(run, model, Short);
        train.Should().Throw<ModelException>()
            .WithMessage("An update needs 3 minibatches (training:accumulate), but a rollout of 4 rows (training:batchSize) has 2 of 2 *");
    }

    internal static RunSummary? Ppo(RlhfRun run, GptModel model, PpoOptions options, long? stopAfter = null) =>
        run.Train(model, RlhfRun.Prompts, r => new Ppo().Run(options, r.As<IPolicy>(), run.Stop.Token), stopAfter: stopAfter);
}
