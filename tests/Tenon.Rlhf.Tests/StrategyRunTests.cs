using Tenon.Gpt;
using Tenon.Host.Artifacts;
using Tenon.Host.Evaluation.Plots;
using Tenon.Host.Training.Checkpoints;
using Tenon.Layers;
using Tenon.Safetensors;

namespace Tenon.Rlhf.Tests;

[CollectionDefinition("rlhf runs", DisableParallelization = true)]
public sealed class RlhfRuns;

/// <summary>Whole runs of the strategies with the host's training loop. Alone, since they count live tensors.</summary>
[Collection("rlhf runs")]
public class StrategyRunTests
{
    private static readonly PreferenceExample[] Pairs =
        [.. Enumerable.Range(0, 16)
            .Select(i => new PreferenceExample($"p{i}", i % 2 == 0 ? " good" : " fine one", " bad", i % 3 == 0 ? 0.5 : null))];

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

        run.Train(model, Pairs, r => new Dpo().Run(new DpoOptions { Loss = kind }, r.As<IPolicy>(), default)).Should().NotBeNull();

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

    [Fact]
    public void A_reward_model_learns_to_rank_pairs()
    {
        using var run = new RlhfRun(steps: 16);
        using GptClassifier model = RlhfRun.RewardModel();

        run.Train(model, Pairs, r => new RewardTraining()
            .Run(new RewardOptions { Centering = 0.01 }, r.As<IRewardModel>(), default), () => RlhfRun.RewardModel());

        run.Figures("train/loss")[0].Should().BeApproximately(Math.Log(2), 0.3);
        run.Figures("reward/accuracy")[^1].Should().Be(1);
        run.Figures("reward/validation_accuracy").Should().HaveSameCount(run.Figures("validation/loss"));
        run.Figures("reward/validation_accuracy")[^1].Should().Be(1);
        run.Figures("validation/loss")[^1].Should().BeLessThan(Math.Log(2));
    }

    [Fact]
    public void Without_a_reward_the_policy_does_not_change()
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
    public void A_resumed_policy_optimization_equals_the_uninterrupted_one(long stopAfter) => RlhfRun.Resumes(
        stopAfter,
        (run, model, stop) => Ppo(run, model, Short with { PretrainingCoefficient = 0.1, EntropyCoefficient = 0.01 }, stop),
        "model.safetensors", "model.safetensors", "parameters.safetensors", "optimizer.safetensors");

    // The first rollout has at most six tokens and a evaluation; the tenth pass without gradients is within the second.
    [Fact]
    public void A_stop_during_a_rollout_abandons_it_and_a_resumed_run_repeats_it() => RlhfRun.Resumes(
        10,
        (run, model, pass) => StoppedInside(run, model, pass, () => Ppo(run, model, Short)),
        "model.safetensors", "model.safetensors", "parameters.safetensors", "optimizer.safetensors");

    // Steps of two pairs of two samples: the second pair of the third step, when the first one has been scored.
    [Fact]
    public void A_stop_between_pairs_drops_what_the_first_ones_recorded() => RlhfRun.Resumes(
        63,
        (run, model, pass) => StoppedInside(run, model, pass, () => Online(run, model)),
        2, "model.safetensors", "model.safetensors", "optimizer.safetensors");

    [Fact]
    public void A_resumed_direct_optimization_equals_the_uninterrupted_one() => RlhfRun.Resumes(
        5,
        (run, model, stop) => run.Train(model, Pairs, r => new Dpo().Run(new DpoOptions(), r.As<IPolicy>(), default), stopAfter: stop),
        "model.safetensors", "model.safetensors", "optimizer.safetensors");

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
        // One update an epoch of the four rows: as many rollouts either way.
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

    [Theory]
    [InlineData("dpo")]
    [InlineData("ppo")]
    [InlineData("grpo")]
    public void An_adapter_alone_is_trained_and_the_reference_is_the_model_without_it(string strategy)
    {
        using var run = new RlhfRun(steps: 12) { From = "base", Reward = outcome => outcome.Response.Count(c => c < 'a') };
        using GptModel model = RlhfRun.Policy();
        using GptModel untouched = RlhfRun.Policy();

        Adapted(strategy, run, model, new AdapterOptions { Rank = 2 }, () => throw new InvalidOperationException("a second model")).Should()
            .NotBeNull();

        foreach ((string name, Tensor tensor) in model.state_dict())
            tensor.data<float>().ToArray().Should().Equal(untouched.state_dict()[name].data<float>().ToArray(), name);
        model.named_modules().Select(entry => entry.module).OfType<ILinearMap>().Should().NotBeEmpty()
            .And.OnlyContain(map => map.Delta == null);
        using (SafetensorsFile state = SafetensorsFile.Open(Path.Combine(Checkpoint.Newest(run.Folder)!.Folder, "optimizer.safetensors")))
            state.Tensors.Keys.Where(name => !name.Contains("auxiliary.")).Should().NotBeEmpty()
                .And.OnlyContain(name => name.Contains("lora_"));
        File.Exists(run.Folder.File("model.safetensors")).Should().BeFalse();

        double[] distance = run.Figures(strategy == "dpo" ? "dpo/margin" : $"{strategy}/kl");
        distance[0].Should().Be(0);
        distance[^1].Should().BeGreaterThan(0);
        using LoraAdapter opened = Open(run, model);
        opened.Module.named_parameters().Where(p => p.name.EndsWith("lora_B.weight", StringComparison.Ordinal)).Should()
            .OnlyContain(p => p.parameter.abs().max().item<float>() > 0);
    }

    [Fact]
    public void A_module_trained_in_full_requires_a_second_model()
    {
        using var run = new RlhfRun { From = "base" };
        using GptModel model = RlhfRun.Policy();
        int asked = 0;

        Adapted("dpo", run, model, new AdapterOptions { ModulesToSave = ["ln_f"] }, () =>
        {
            asked++;
            return RlhfRun.Policy();
        });

        asked.Should().Be(1);
        run.Figures("train/loss")[0].Should().BeApproximately(Math.Log(2), 1e-6);
    }

    [Theory]
    [InlineData("dpo")]
    [InlineData("ppo")]
    [InlineData("grpo")]
    public void A_resumed_adapter_equals_the_uninterrupted_one(string strategy) => RlhfRun.Resumes(
        5, (run, model, stop) =>
            Adapted(strategy, run, model, new AdapterOptions { Rank = 2 }, RlhfRun.Policy, stop), "adapter_model.safetensors",
        ["adapter.safetensors", "optimizer.safetensors", .. strategy == "ppo" ? ["parameters.safetensors"] : Array.Empty<string>()]);

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
        // A run of 16 steps may leave no more behind than one of 4.
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
        "reward" => run.Train(model, Pairs, r => new RewardTraining()
            .Run(new RewardOptions(), r.As<IRewardModel>(), default), () => RlhfRun.RewardModel()),
        "dpo" => run.Train(model, Pairs, r => new Dpo().Run(new DpoOptions(), r.As<IPolicy>(), default)),
        "online-dpo" => Online(run, (GptModel)model),
        "grpo" => GrpoRunTests.Grpo(run, (GptModel)model, GrpoRunTests.Short),
        _ => Ppo(run, (GptModel)model, Short with { PretrainingCoefficient = 0.1 }),
    };

    private static RunSummary? Online(RlhfRun run, GptModel model, long? stopAfter = null) =>
        run.Train(model, Prompts, r => new OnlineDpo()
            .Run(new OnlineDpoOptions { MaxNewTokens = 6 }, r.As<IPolicy>(), run.Stop.Token), stopAfter: stopAfter);

    private static RunSummary? Ppo(RlhfRun run, GptModel model, PpoOptions options, long? stopAfter = null) =>
        run.Train(model, Prompts, r => new Ppo().Run(options, r.As<IPolicy>(), run.Stop.Token), stopAfter: stopAfter);

    private static RunSummary? Adapted(
        string strategy, RlhfRun run, GptModel model, AdapterOptions adapter, Func<IModel> reference, long? stopAfter = null) =>
            strategy switch
            {
                "dpo" => run.Train(model, Pairs, r => new Dpo()
                    .Run(new DpoOptions { Adapter = adapter }, r.As<IPolicy>(), default), reference, stopAfter),
                "grpo" => GrpoRunTests.Grpo(run, model, GrpoRunTests.Short with { Adapter = adapter }, reference, stopAfter),
                _ => run.Train(model, Prompts, r => new Ppo()
                    .Run(Short with { Adapter = adapter }, r.As<IPolicy>(), default), reference, stopAfter),
            };

    private static LoraAdapter Open(RlhfRun run, GptModel model)
    {
        AdapterFolder folder = AdapterFolder.Find(run.Folder.Path)!;
        folder.Configuration["base_model_name_or_path"]!.GetValue<string>().Should().Be("base");
        return SavedLora.Open(folder.Configuration, folder.ReadWeights(), model);
    }

    private static RunSummary? StoppedInside(RlhfRun run, GptModel model, long? pass, Func<RunSummary?> train)
    {
        if (pass is null)
            return train();
        using var inside = new StopInside(model, "transformer.ln_f", pass.Value, () => run.Stop.Cancel());
        RunSummary? summary = train();
        inside.Passes.Should().Be(pass, "nothing follows the token at which the stop came");
        run.Figures("train/loss").Should().NotBeEmpty().And.HaveCount((int)Checkpoint.Newest(run.Folder)!.Trainer.Step);
        return summary;
    }
}
