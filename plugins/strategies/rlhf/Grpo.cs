using System.ComponentModel.DataAnnotations;

namespace Tenon.Rlhf;

/// <summary>
/// Trains a policy on a reward with group relative policy optimization (Shao et al. 2024, DeepSeekMath). The policy samples a group
/// of outcomes for each input, and the mean reward of the group replaces a learned value model as the baseline. Options select the
/// variants Dr. GRPO (Liu et al. 2025), DAPO (Yu et al. 2025) and GSPO (Zheng et al. 2025). Dropout is off. The updates of one
/// rollout are checkpointed together or not at all. Trains the whole model or an adapter.
/// </summary>
[Strategy("grpo", "Group relative policy optimization: a reward compares several samples per input (also Dr. GRPO, DAPO, GSPO)",
    NeedsReward = true)]
public sealed class Grpo : IStrategy<GrpoOptions, IPolicy>
{
    /// <inheritdoc/>
    public void Run(GrpoOptions options, IRun<IPolicy> run, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(run);
        using var session = new GrpoSession(options, run);
        session.Train(stop);
    }

    /// <inheritdoc/>
    public bool UsesReference(GrpoOptions options, IPolicy model)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.KlCoefficient > 0 && TrainedPolicy.UsesReference(options.Adapter, model);
    }

    /// <inheritdoc/>
    public WeightFormat? BaseWeights(GrpoOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return TrainedPolicy.BaseWeights(options.Adapter);
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(GrpoOptions options, IPolicy model, ITokenizer? tokenizer, IRunData data)
    {
        ArgumentNullException.ThrowIfNull(options);
        return TrainedPolicy.Validate(options.Adapter, model);
    }
}

/// <summary>One run of <see cref="Grpo"/>.</summary>
internal sealed class GrpoSession : RolloutSession
{
    private const string TakenBatches = "grpo_batches";
    private readonly GrpoOptions _options;

    public GrpoSession(GrpoOptions options, IRun<IPolicy> run)
        : base("grpo", "Group relative policy optimization", options, options.Epochs, run) => _options = options;

    protected override int GroupSize => _options.GroupSize;

    protected override bool WeighsRows => _options.LossMean != LossMean.Action;

    protected override OptimizationSetup Setup => new() { Adapter = Policy.Adapter, Objective = "GRPO loss" };

    // The number of batches that dynamic sampling needs varies, so the run's state counts them.
    protected override Experience[]? Collect(IBatchSource inputs, long round, SeededRandom random, CancellationToken stop)
    {
        long taken = Run.State.Get(TakenBatches, 0L);
        List<Experience> sampled = [];
        try
        {
            int batches = _options.DynamicSampling ? _options.MaxBatches : 1, batch = 0;
            for (; batch < batches && sampled.SelectMany(Learnable).Count(learns => learns) < inputs.BatchSize; batch++)
            {
                using Batch given = Repeat(inputs.Get(taken + batch));
                if (Sample(given, _options.KlCoefficient > 0, ComputeAdvantages, random.Fork(batch), stop) is not { } experiences)
                {
                    sampled.ForEach(experience => experience.Dispose());
                    return null;
                }

                sampled.AddRange(experiences);
            }

            Run.State.Set(TakenBatches, taken + batch);
            return batch == 1 ? [.. sampled] : Select(sampled, inputs.BatchSize);
        }
        catch
        {
            sampled.ForEach(experience => experience.Dispose());
            throw;
        }
    }

    protected override Tensor Loss(Experience part)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor mask = part.Rollout.Mask, before = part[Experience.Before];
        Tensor logProbabilities = Run.Model.Evaluate(part.Rollout, Sampling).LogProbabilities;
        (Tensor loss, Tensor clipped, Tensor? divergence) = GrpoMath.Loss(
            logProbabilities, before, part.Find(Experience.Reference), part[Experience.Advantages], mask, _options);
        double actions = mask.sum().item<float>();
        Figures.Add("grpo/clip_share", clipped, actions);
        if (divergence is not null)
            Figures.Add("grpo/kl_penalty", divergence, actions);
        Figures.Add("grpo/approximate_kl", MaskedStatistics.Mean((logProbabilities - before).square() * 0.5, mask), actions);
        return loss.MoveToOuterDisposeScope();
    }

    private Dictionary<string, Tensor> ComputeAdvantages(Sampled sampled)
    {
        double[] rewards = sampled.Scores;
        if (_options.OverlongBuffer is not null)
        {
            Tensor lengths = sampled.Mask.sum(1L).cpu(); // [B]
            double[] penalties = [.. lengths.data<float>().ToArray().Select(length => GrpoMath.Overlong(length, _options))];
            rewards = [.. rewards.Zip(penalties, (reward, penalty) => reward - penalty)];
            Figures.Add("grpo/overlong_penalty", torch.tensor(penalties.Average()));
        }

        Figures.Add("grpo/equal_groups", torch.tensor(rewards.Chunk(GroupSize).Average(group => GrpoMath.IsEqual(group) ? 1.0 : 0.0)));
        float[] advantages = Array.ConvertAll(
            GrpoMath.Advantages(rewards, GroupSize, _options.AdvantageScale), advantage => (float)advantage);
        Dictionary<string, Tensor> parts = new()
        {
            [Experience.Before] = sampled.LogProbabilities,
            [Experience.Advantages] = torch.tensor(advantages, device: sampled.Mask.device).unsqueeze(1),
        };
        if (sampled.Reference is { } reference)
            parts[Experience.Reference] = reference;
        return parts;
    }

    // Repeats each row for every sample of its group: [B, …] -> [B · G, …]. Disposes the inputs.
    private Batch Repeat(Batch inputs)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using (inputs)
        {
            return new Batch(
                inputs.Names.Select(name => KeyValuePair.Create(name, inputs[name].repeat_interleave(GroupSize, 0))).ToArray(),
                inputs.Examples * GroupSize, inputs.Targets * GroupSize)
            {
                RowTargets = inputs.RowTargets is { } rows ? [.. rows.SelectMany(targets => Enumerable.Repeat(targets, GroupSize))] : null,
            };
        }
    }

    // Prefers the first groups with different rewards and fills up with others if there are too few. Disposes the sampled experiences.
    private Experience[] Select(List<Experience> sampled, int count)
    {
        (Experience Experience, long Group, bool Learns)[] groups =
        [
            .. sampled.SelectMany(experience => Learnable(experience).Select((learns, group) => (experience, (long)group, learns))),
        ];
        var chosen = groups.OrderByDescending(group => group.Learns).Take(count).ToLookup(group => group.Experience, group => group.Group);
        List<Experience> selected = [];
        foreach (Experience experience in sampled.Where(chosen.Contains))
            selected.Add(experience.Rows([.. chosen[experience].Order().SelectMany(RowsOf)], WeighsRows));
        sampled.ForEach(experience => experience.Dispose());
        return [.. selected];
    }

    // Whether the samples of each group have different rewards.
    private IEnumerable<bool> Learnable(Experience experience)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor advantages = experience[Experience.Advantages].cpu(); // [B, 1]
        return [.. advantages.data<float>().ToArray().Chunk(GroupSize).Select(group => group.Any(advantage => advantage != 0))];
    }
}
