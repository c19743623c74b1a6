namespace Tenon.Rlhf.Tests;

/// <summary>The formulas against reference data of TRL 0.11.4; the READMEs beside the data say how it was made.</summary>
public class LossParityTests
{
    private const double Tolerance = 2e-6;

    [Theory]
    [InlineData("plain", false, false)]
    [InlineData("margin", true, false)]
    [InlineData("center", false, true)]
    [InlineData("margin_center", true, true)]
    public void The_pairwise_loss_and_its_gradients_equal_the_reference(string name, bool margins, bool centers)
    {
        double centering = centers ? Number("rlhf-reward", "center_rewards_coefficient") : 0;
        using DisposeScope scope = torch.NewDisposeScope();
        (Dictionary<string, Tensor> inputs, Dictionary<string, Tensor> outputs) = Data("rlhf-reward");
        Tensor chosen = inputs["rewards_chosen"].requires_grad_();
        Tensor rejected = inputs["rewards_rejected"].requires_grad_();

        Tensor loss = PairwiseLoss.Of(chosen.squeeze(1), rejected.squeeze(1), margins ? inputs["margin"].squeeze(1) : null, centering);
        loss.backward();

        Near(loss, outputs[$"{name}.loss"]);
        Near(chosen.grad!, outputs[$"{name}.grad_chosen"]);
        Near(rejected.grad!, outputs[$"{name}.grad_rejected"]);
        Near(Figures.Share(chosen.gt(rejected)), outputs["accuracy"]);
    }

    [Theory]
    [InlineData(PreferenceLoss.Sigmoid, 0, "sigmoid.ls0.0")]
    [InlineData(PreferenceLoss.Sigmoid, 0.1, "sigmoid.ls0.1")]
    [InlineData(PreferenceLoss.Ipo, 0, "ipo.ls0.0")]
    [InlineData(PreferenceLoss.Hinge, 0, "hinge.ls0.0")]
    public void The_losses_of_pairs_and_their_gradients_equal_the_reference(PreferenceLoss kind, double smoothing, string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (_, Dictionary<string, Tensor> outputs) = Data("rlhf-dpo");
        double beta = Number("rlhf-dpo", "beta");
        var options = new DpoOptions { Beta = beta, Loss = kind, LabelSmoothing = smoothing };
        Tensor chosen = outputs["policy_chosen_logps"].requires_grad_();
        Tensor rejected = outputs["policy_rejected_logps"].requires_grad_();
        (Tensor, Tensor) reference = (outputs["reference_chosen_logps"], outputs["reference_rejected_logps"]);

        Tensor losses = DpoLoss.Of((chosen, rejected), reference, options);
        losses.mean().backward();

        Near(losses, outputs[$"{name}.losses"]);
        Near(chosen.grad!, outputs[$"{name}.grad_policy_chosen_logps"]);
        Near(rejected.grad!, outputs[$"{name}.grad_policy_rejected_logps"]);
        Near(DpoLoss.ImpliedReward(chosen, outputs["reference_chosen_logps"], beta), outputs[$"{name}.chosen_rewards"]);
        Near(DpoLoss.ImpliedReward(rejected, outputs["reference_rejected_logps"], beta), outputs[$"{name}.rejected_rewards"]);
    }

    [Fact]
    public void Log_probabilities_of_responses_and_gradients_of_logits_equal_the_reference()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Dictionary<string, Tensor> inputs, Dictionary<string, Tensor> outputs) = Data("rlhf-dpo");
        Tensor labels = torch.cat([inputs["chosen_labels"], inputs["rejected_labels"]], 0);
        Tensor logits = torch.cat([inputs["policy_chosen_logits"], inputs["policy_rejected_logits"]], 0).requires_grad_();
        using var policy = new FixedLogits(logits);
        using var reference = new FixedLogits(torch.cat([inputs["reference_chosen_logits"], inputs["reference_rejected_logits"]], 0));
        // The reference data has labels under their own position, batches of the contract one earlier.
        using var batch = new Batch(new Dictionary<string, Tensor> { ["labels"] = labels.narrow(1, 1, labels.size(1) - 1).contiguous() },
            labels.size(0), labels.size(0));

        (Tensor Chosen, Tensor Rejected) of = Halves.Of(Responses.LogProbabilities(policy, batch));
        (Tensor Chosen, Tensor Rejected) against = Halves.Of(Responses.LogProbabilities(reference, batch));
        DpoLoss.Of(of, against, new DpoOptions { Beta = Number("rlhf-dpo", "beta") }).mean().backward();

        Near(of.Chosen, outputs["policy_chosen_logps"]);
        Near(of.Rejected, outputs["policy_rejected_logps"]);
        Near(against.Chosen, outputs["reference_chosen_logps"]);
        Near(against.Rejected, outputs["reference_rejected_logps"]);
        (Tensor chosen, Tensor rejected) = Halves.Of(logits.grad!);
        Near(chosen, outputs["sigmoid.ls0.0.grad_policy_chosen_logits"]);
        Near(rejected, outputs["sigmoid.ls0.0.grad_policy_rejected_logits"]);
    }

    [Theory]
    [InlineData(KlEstimate.Kl, "kl")]
    [InlineData(KlEstimate.Abs, "abs")]
    [InlineData(KlEstimate.Mse, "mse")]
    public void Penalties_and_rewards_equal_the_reference(KlEstimate estimate, string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Dictionary<string, Tensor> inputs, Dictionary<string, Tensor> outputs) = Data("rlhf-ppo");

        Tensor distance = PpoMath.Distance(inputs["old_logprobs"], inputs["ref_logprobs"], estimate);
        Tensor none = torch.zeros_like(inputs["scores"]);
        double coefficient = Number("rlhf-ppo", "kl_coef");

        Near(distance, outputs[$"kls.{name}"]);
        Near(PpoMath.Rewards(none, distance, inputs["mask"], coefficient), outputs[$"non_score_reward.{name}"]);
        Near(PpoMath.Rewards(inputs["scores"], distance, inputs["mask"], coefficient), outputs[$"rewards.{name}"]);
    }

    [Theory]
    [InlineData(false, "0")]
    [InlineData(true, "1")]
    public void Advantages_and_returns_equal_the_reference(bool whiten, string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Dictionary<string, Tensor> inputs, Dictionary<string, Tensor> outputs) = Data("rlhf-ppo");

        (Tensor advantages, Tensor returns) = PpoMath.Advantages(
            inputs["values"], outputs["rewards.kl"], inputs["mask"], Ppo with { WhitenRewards = whiten });

        Near(advantages, outputs[$"advantages.whiten_rewards{name}"]);
        Near(returns, outputs[$"returns.whiten_rewards{name}"]);
        Near(MaskedStatistics.Mean(inputs["values"], inputs["mask"]), outputs["masked_mean"]);
        Near(MaskedStatistics.Variance(inputs["values"], inputs["mask"]), outputs["masked_var"]);
        Near(MaskedStatistics.Whiten(inputs["values"], inputs["mask"], keepMean: false), outputs["masked_whiten"]);
        Near(MaskedStatistics.Whiten(inputs["values"], inputs["mask"], keepMean: true), outputs["masked_whiten_noshift"]);
    }

    [Fact]
    public void The_clipped_losses_and_their_gradients_equal_the_reference()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Dictionary<string, Tensor> inputs, Dictionary<string, Tensor> outputs) = Data("rlhf-ppo");
        Tensor logProbabilities = inputs["logprobs"].requires_grad_();
        Tensor values = inputs["vpreds"].requires_grad_();
        Tensor mask = inputs["mask"];

        (Tensor policy, Tensor clipped) =
            PpoMath.PolicyLoss(logProbabilities, inputs["old_logprobs"], outputs["advantages"], mask, Ppo.ClipRange);
        (Tensor value, Tensor valueClipped) =
            PpoMath.ValueLoss(values, outputs["values_masked"], outputs["returns"], mask, Ppo.ValueClipRange);
        Tensor loss = policy + value * Ppo.ValueCoefficient;
        loss.backward();

        Near(policy, outputs["pg_loss"]);
        Near(value * Ppo.ValueCoefficient, outputs["vf_loss_times_coef"]);
        Near(loss, outputs["total_loss"]);
        Near(clipped, outputs["stats.policy.clipfrac"]);
        Near(valueClipped, outputs["stats.val.clipfrac"]);
        Near(logProbabilities.grad!, outputs["grad_logprobs"]);
        Near(values.grad!, outputs["grad_vpreds"]);
    }

    [Fact]
    public void The_coefficient_adapts_like_the_reference()
    {
        (_, Dictionary<string, Tensor> outputs) = Data("rlhf-ppo");
        // The README has the target, the horizon and the divergences; the configuration does not.
        var coefficient = new KlCoefficient(new PpoOptions { KlCoefficient = 0.2, KlTarget = 6, KlHorizon = 10_000 }, new Memory());

        var values = new List<double>();
        foreach (double divergence in new[] { 1, 5.9, 6.5, 20, 7 })
        {
            coefficient.Update(divergence, 256);
            values.Add(coefficient.Value);
        }

        values.Should().Equal(outputs["adaptive_kl"].data<double>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    private static PpoOptions Ppo { get; } = new()
    {
        Discount = Number("rlhf-ppo", "gamma"),
        Lambda = Number("rlhf-ppo", "lam"),
        ClipRange = Number("rlhf-ppo", "cliprange"),
        ValueClipRange = Number("rlhf-ppo", "cliprange_value"),
        ValueCoefficient = Number("rlhf-ppo", "vf_coef"),
    };

    private static double Number(string name, string key) =>
        (double?)Goldens.Config(name)[key] ?? throw new KeyNotFoundException($"The configuration of {name} has no '{key}'.");

    private static (Dictionary<string, Tensor> Inputs, Dictionary<string, Tensor> Outputs) Data(string name) =>
        (Goldens.Read(name, "inputs.safetensors"), Goldens.Read(name, "outputs.safetensors"));

    private static void Near(Tensor found, Tensor expected) =>
        Goldens.Difference(found.reshape(expected.shape), expected).Should()
            .BeLessThan(Tolerance * Math.Max(1, expected.abs().max().item<float>()));

    private sealed class Memory : IRunState
    {
        private readonly Dictionary<string, object> _values = [];

        public T Get<T>(string name, T initial) => _values.TryGetValue(name, out object? value) ? (T)value : initial;

        public void Set<T>(string name, T value) => _values[name] = value!;
    }

    // A policy with fixed logits, regardless of its input.
    private sealed class FixedLogits(Tensor logits) : torch.nn.Module(nameof(FixedLogits)), IPolicy<TextOutcome>
    {
        public torch.nn.Module Module => this;

        public int FeatureSize => 1;

        public PolicyEvaluation Evaluate(Rollout rollout, SamplingOptions options)
        {
            Tensor labels = rollout.States["labels"].clamp(min: 0).unsqueeze(2);
            Tensor probabilities = logits.narrow(1, 0, labels.size(1)).log_softmax(-1);
            return new PolicyEvaluation(probabilities.gather(2, labels)
                .squeeze(2) * rollout.Mask, torch.zeros_like(rollout.Mask), torch.zeros(1));
        }

        public Rollout Sample(Batch inputs, SamplingOptions options, SeededRandom random) =>
            throw new NotSupportedException("This policy only evaluates.");

        public IReadOnlyList<TextOutcome> Outcomes(Rollout rollout, ITokenizer? tokenizer) => [];

        public Tensor Loss(Batch batch) => torch.zeros(1);

        public IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested) =>
            new Dictionary<string, Tensor>();
    }
}
