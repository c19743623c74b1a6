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
internal sealed class PpoSession : IDisposable
{
    private readonly PpoOptions _options;
    private readonly IRun<IPolicy> _run;
    private readonly TrainedPolicy _policy;
    private readonly IReward _reward;
    private readonly SamplingOptions _sampling;
    private readonly ValueHead _head;
    private readonly KlCoefficient _coefficient;
    private readonly Figures _figures;

    public PpoSession(PpoOptions options, IRun<IPolicy> run)
    {
        (_options, _run) = (options, run);
        _reward = run.Reward
            ?? throw new ModelException("Proximal policy optimization needs a reward, but the recipe has none. Add the section 'reward'.");
        _sampling = new SamplingOptions
        {
            MaxNewTokens = options.MaxNewTokens,
            Temperature = options.Temperature,
            VocabularySize = run.Tokenizer?.VocabularySize
        };
        _policy = new TrainedPolicy(run, options.Adapter);
        _head = new ValueHead(run.Model.FeatureSize, run.Device.Torch);
        _coefficient = new KlCoefficient(options, run.State);
        _figures = new Figures(run);
    }

    public void Train(CancellationToken stop)
    {
        IBatchSource prompts = _run.Data.Batches(Split.Train);
        using IOptimization optimization = _run.Optimize(new OptimizationSetup
        {
            Adapter = _policy.Adapter,
            AuxiliaryModule = _head,
            Objective = "PPO loss",
            LearningRateScale = name => name.StartsWith("auxiliary.", StringComparison.Ordinal) ? _options.ValueLearningRateScale : 1,
        });
        (int minibatch, int minibatches) = Minibatches.Of(prompts.BatchSize, _options.MinibatchSize, optimization.Accumulate);
        if (optimization.Accumulate > minibatches)
        {
            throw new ModelException(
                $"An update needs {optimization.Accumulate} minibatches (training:accumulate), but a rollout of {prompts.BatchSize} " +
                $"rows (training:batchSize) has {minibatches} of {minibatch} (strategy:minibatchSize). Lower accumulate or minibatchSize.");
        }

        int updates = _options.Epochs * ((minibatches + optimization.Accumulate - 1) / optimization.Accumulate);
        while (optimization.Next())
        {
            long round = optimization.CompletedSteps / updates;
            SeededRandom random = _run.Random.Fork("ppo").Fork(round);
            using Batch given = prompts.Get(round);
            using Experience? experience = Interruptible.Try(() => Explore(given, random.Fork("actions"), stop), stop);
            if (experience is null)
                continue;
            foreach (long[][] update in Updates(given.Examples, minibatch, optimization.Accumulate, random.Fork("minibatches")))
            {
                if (optimization.CompletedSteps == optimization.TotalSteps)
                    break;
                Update(optimization, experience, update, given);
                _figures.Record();
            }
        }
    }

    public void Dispose()
    {
        _policy.Dispose();
        _head.Dispose();
    }

    private void Update(IOptimization optimization, Experience experience, long[][] minibatches, Batch given)
    {
        Dictionary<Batch, Experience> parts = minibatches.Select(experience.Rows).ToDictionary(part => part.Rollout.States);
        try
        {
            optimization.Step([.. parts.Keys], states => Loss(parts[states], given));
        }
        finally
        {
            foreach (Experience part in parts.Values)
                part.Dispose();
        }
    }

    // Samples a rollout and scores it with the reward, the reference and the value head. Metrics and run state change only
    // after the last check for cancellation.
    private Experience Explore(Batch given, SeededRandom random, CancellationToken stop)
    {
        using var untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        using Rollout sampled = _run.Model.Sample(given, _sampling, random, stop);
        // Recomputed, since decoding with a cache and a full forward pass round differently.
        PolicyEvaluation now = _run.Model.Evaluate(sampled, _sampling);
        stop.ThrowIfCancellationRequested();
        Tensor before = now.LogProbabilities;
        Tensor reference = _policy.UnderReference(model => model.Evaluate(sampled, _sampling).LogProbabilities);
        stop.ThrowIfCancellationRequested();
        Tensor mask = sampled.Mask;
        double[] scores = [.. _reward.Score(_run.Model.Outcomes(sampled, _run.Tokenizer))];

        Tensor values = _head.Values(now.Features);
        Tensor distance = PpoMath.Distance(before, reference, _options.KlPenalty) * mask;
        Tensor score = torch.tensor([.. scores.Select(value => (float)value)], device: mask.device);
        Tensor rewards = PpoMath.Rewards(score, distance, mask, _coefficient.Value);
        (Tensor advantages, Tensor returns) = PpoMath.Advantages(values, rewards, mask, _options);

        Tensor divergence = ((before - reference) * mask).sum(1L); // [B]
        _figures.Add("ppo/reward", score.mean());
        _figures.Add("ppo/kl", divergence.mean());
        _figures.Add("ppo/kl_per_token", divergence.sum() / mask.sum());
        _figures.Add("ppo/entropy", MaskedStatistics.Mean(now.Entropy, mask));
        _figures.Add("ppo/length", mask.sum(1L).mean());
        _run.Record("ppo/kl_coefficient", _coefficient.Value);
        _coefficient.Update(divergence.mean().item<float>(), scores.Length);
        var states = new Batch(
            sampled.States.Names.Select(name => KeyValuePair.Create(name, sampled.States[name].alias())), sampled.States.Examples,
            sampled.States.Targets);
        return new Experience(new Rollout(states, before, mask.alias()), values, advantages, returns);
    }

    private Tensor Loss(Experience part, Batch given)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor mask = part.Rollout.Mask;
        PolicyEvaluation evaluation = _run.Model.Evaluate(part.Rollout, _sampling);
        (Tensor policy, Tensor clipped) = PpoMath.PolicyLoss(
            evaluation.LogProbabilities, part.Rollout.LogProbabilities, part.Advantages, mask, _options.ClipRange);
        (Tensor value, Tensor valueClipped) = PpoMath.ValueLoss(
            _head.Values(evaluation.Features), part.Values, part.Returns, mask, _options.ValueClipRange);
        Tensor loss = policy + value * _options.ValueCoefficient;
        if (_options.EntropyCoefficient > 0)
            loss = loss - MaskedStatistics.Mean(evaluation.Entropy, mask) * _options.EntropyCoefficient;
        if (_options.PretrainingCoefficient > 0)
            loss = loss + _run.Model.Loss(given) * _options.PretrainingCoefficient;
        _figures.Add("ppo/policy_loss", policy);
        _figures.Add("ppo/value_loss", value);
        _figures.Add("ppo/clip_share", clipped);
        _figures.Add("ppo/value_clip_share", valueClipped);
        _figures.Add(
            "ppo/approximate_kl",
            MaskedStatistics.Mean((evaluation.LogProbabilities - part.Rollout.LogProbabilities).square() * 0.5, mask));
        return loss.MoveToOuterDisposeScope();
    }

    // The rows of each minibatch of each update; every epoch visits all rows in a new order.
    private IEnumerable<long[][]> Updates(long rows, int size, int minibatches, SeededRandom random)
    {
        for (int epoch = 0; epoch < _options.Epochs; epoch++)
        {
            long[] order = [.. Enumerable.Range(0, (int)rows).Select(row => (long)row)];
            if ((long)size * minibatches < rows)
                random.Fork(epoch).Shuffle<long>(order);
            foreach (long[][] update in order.Chunk(size).Chunk(minibatches))
                yield return update;
        }
    }
}
