using System.ComponentModel.DataAnnotations;

namespace Tenon.Rlhf;

/// <summary>
/// Trains a policy on a reward with proximal policy optimization (Schulman et al. 2017), with a KL penalty per token towards
/// the initial model (Ziegler et al. 2019; Ouyang et al. 2022, section 3.5). Dropout is off. The updates of one rollout are
/// checkpointed together or not at all. Trains the whole model or an adapter.
/// </summary>
[Strategy("ppo", "Proximal policy optimization on a reward, with a KL penalty towards the initial model (InstructGPT, stage 3)",
    NeedsReward = true)]
public sealed class Ppo : IStrategy<PpoOptions, IPolicy>
{
    /// <inheritdoc/>
    public void Run(PpoOptions options, IRun<IPolicy> run, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(run);
        using var session = new PpoSession(options, run);
        session.Train(stop);
    }

    /// <inheritdoc/>
    public bool UsesReference(PpoOptions options, IPolicy model)
    {
        ArgumentNullException.ThrowIfNull(options);
        return TrainedPolicy.UsesReference(options.Adapter, model);
    }

    /// <inheritdoc/>
    public WeightFormat? BaseWeights(PpoOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return TrainedPolicy.BaseWeights(options.Adapter);
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(PpoOptions options, IPolicy model, ITokenizer? tokenizer, IRunData data)
    {
        ArgumentNullException.ThrowIfNull(options);
        return TrainedPolicy.Validate(options.Adapter, model);
    }
}

/// <summary>One run of <see cref="Ppo"/>.</summary>
internal sealed class PpoSession : RolloutSession
{
    private readonly PpoOptions _options;
    private readonly ValueHead _head;
    private readonly KlCoefficient _coefficient;

    // The inputs of the current rollout, for the pre-training loss, which every process computes on all of them.
    private Batch? _given;

    public PpoSession(PpoOptions options, IRun<IPolicy> run) : base("ppo", "Proximal policy optimization", options, options.Epochs, run)
    {
        _options = options;
        _head = new ValueHead(run.Model.FeatureSize, run.Device.Torch);
        _coefficient = new KlCoefficient(options, run.State);
    }

    protected override OptimizationSetup Setup => new()
    {
        Adapter = Policy.Adapter,
        AuxiliaryModule = _head,
        Objective = "PPO loss",
        LearningRateScale = name => name.StartsWith("auxiliary.", StringComparison.Ordinal) ? _options.ValueLearningRateScale : 1,
    };

    public override void Dispose()
    {
        _given?.Dispose();
        _head.Dispose();
        base.Dispose();
    }

    protected override Experience[]? Collect(IBatchSource inputs, long round, SeededRandom random, CancellationToken stop)
    {
        _given?.Dispose();
        _given = inputs.Get(round);
        return Sample(_given, comparesReference: true, ComputeAdvantages, random, stop);
    }

    protected override Tensor? Values(PolicyEvaluation now) => _head.Values(now.Features);

    protected override Tensor Loss(Experience part)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor mask = part.Rollout.Mask;
        PolicyEvaluation evaluation = Run.Model.Evaluate(part.Rollout, Sampling);
        Tensor before = part[Experience.Before];
        (Tensor policy, Tensor clipped) = PpoMath.PolicyLoss(
            evaluation.LogProbabilities, before, part[Experience.Advantages], mask, _options.ClipRange);
        (Tensor value, Tensor valueClipped) = PpoMath.ValueLoss(
            _head.Values(evaluation.Features), part[Experience.Values], part[Experience.Returns], mask, _options.ValueClipRange);
        Tensor loss = policy + value * _options.ValueCoefficient;
        if (_options.EntropyCoefficient > 0)
            loss = loss - MaskedStatistics.Mean(evaluation.Entropy, mask) * _options.EntropyCoefficient;
        if (_options.PretrainingCoefficient > 0)
            loss = loss + Run.Model.Loss(_given!) * _options.PretrainingCoefficient;
        double actions = part.Rollout.States.Targets;
        Figures.Add("ppo/policy_loss", policy, actions);
        Figures.Add("ppo/value_loss", value, actions);
        Figures.Add("ppo/clip_share", clipped, actions);
        Figures.Add("ppo/value_clip_share", valueClipped, actions);
        Figures.Add("ppo/approximate_kl", MaskedStatistics.Mean((evaluation.LogProbabilities - before).square() * 0.5, mask), actions);
        return loss.MoveToOuterDisposeScope();
    }

    private Dictionary<string, Tensor> ComputeAdvantages(Sampled sampled)
    {
        Tensor mask = sampled.Mask, before = sampled.LogProbabilities, reference = sampled.Reference!, values = sampled.Values!;
        Tensor distance = PpoMath.Distance(before, reference, _options.KlPenalty) * mask;
        Tensor score = torch.tensor([.. sampled.Scores.Select(value => (float)value)], device: mask.device);
        Tensor rewards = PpoMath.Rewards(score, distance, mask, _coefficient.Value);
        (Tensor advantages, Tensor returns) = PpoMath.Advantages(values, rewards, mask, _options);

        Run.Record("ppo/kl_coefficient", _coefficient.Value);
        Tensor divergence = ((before - reference) * mask).sum(1L).mean(); // [B] -> scalar
        _coefficient.Update(divergence.item<float>(), sampled.Scores.Length);
        return new()
        {
            [Experience.Before] = before,
            [Experience.Values] = values,
            [Experience.Advantages] = advantages,
            [Experience.Returns] = returns,
        };
    }
}
