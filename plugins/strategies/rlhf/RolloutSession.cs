namespace Tenon.Rlhf;

/// <summary>
/// One run of a strategy that samples rollouts, scores them with the recipe's reward, and takes one or more updates on each. The
/// updates of one rollout are checkpointed together or not at all. Several processes divide the rollout (<see cref="RolloutRanks"/>), and
/// then each minibatch.
/// </summary>
internal abstract class RolloutSession : IDisposable
{
    private readonly string _name;
    private readonly int _epochs;
    private readonly int? _minibatchSize;
    private readonly IReward _reward;

    /// <summary>Attaches the adapter, if there is one.</summary>
    /// <param name="name">The strategy's name, which is also the group of its metrics.</param>
    /// <param name="title">The strategy's name in words.</param>
    /// <param name="options">Sampling, minibatches, adapter.</param>
    /// <param name="epochs">Passes over each rollout.</param>
    /// <param name="run">The run.</param>
    /// <exception cref="ModelException">The recipe has no reward.</exception>
    protected RolloutSession(string name, string title, RolloutOptions options, int epochs, IRun<IPolicy> run)
    {
        (_name, _epochs, _minibatchSize, Run) = (name, epochs, options.MinibatchSize, run);
        _reward = run.Reward ?? throw new ModelException($"{title} needs a reward, but the recipe has none. Add the section 'reward'.");
        Sampling = new SamplingOptions
        {
            MaxNewTokens = options.MaxNewTokens,
            Temperature = options.Temperature,
            VocabularySize = run.Tokenizer?.VocabularySize
        };
        Policy = new TrainedPolicy(run, options.Adapter);
        Figures = new Figures(run);
        Ranks = new RolloutRanks(run.Ranks);
    }

    /// <summary>The run.</summary>
    protected IRun<IPolicy> Run { get; }

    /// <summary>The policy and its reference.</summary>
    protected TrainedPolicy Policy { get; }

    /// <summary>How actions are sampled.</summary>
    protected SamplingOptions Sampling { get; }

    /// <summary>Metrics of the current step.</summary>
    protected Figures Figures { get; }

    /// <summary>The processes that divide the rollout.</summary>
    protected RolloutRanks Ranks { get; }

    /// <summary>Number of samples per input. Their rows are adjacent in a rollout.</summary>
    protected virtual int GroupSize => 1;

    /// <summary>Whether the loss is a mean over rows. If false, it is a mean over actions.</summary>
    protected virtual bool WeighsRows => false;

    /// <summary>What is trained.</summary>
    protected abstract OptimizationSetup Setup { get; }

    /// <summary>Trains until the run ends.</summary>
    /// <param name="stop">The run's cancellation token.</param>
    public void Train(CancellationToken stop)
    {
        IBatchSource inputs = Run.Data.Batches(Split.Train);
        using IOptimization optimization = Run.Optimize(Setup);
        (int minibatch, int minibatches) = Minibatches.Of(inputs.BatchSize, _minibatchSize, optimization.Accumulate);
        if (optimization.Accumulate > minibatches)
        {
            throw new ModelException(
                $"An update needs {optimization.Accumulate} minibatches (training:accumulate), but a rollout of {inputs.BatchSize} " +
                $"rows (training:batchSize) has {minibatches} of {minibatch} (strategy:minibatchSize). Lower accumulate or minibatchSize.");
        }

        if (minibatch % Ranks.Count != 0)
            throw new ModelException($"A minibatch has {minibatch} rows, which {Ranks.Count} processes cannot divide equally. Set " +
                $"strategy:minibatchSize to a multiple of {Ranks.Count}.");

        int updates = _epochs * ((minibatches + optimization.Accumulate - 1) / optimization.Accumulate);
        while (optimization.Next())
        {
            long round = optimization.CompletedSteps / updates;
            SeededRandom random = Run.Random.Fork(_name).Fork(round);
            if (Collect(inputs, round, random.Fork("actions"), stop) is not { } experiences)
                continue;
            try
            {
                (Experience Experience, long Group)[] groups = Groups(experiences);
                foreach (long[][] update in Updates(groups.Length, minibatch, optimization.Accumulate, random.Fork("minibatches")))
                {
                    if (optimization.CompletedSteps == optimization.TotalSteps)
                        break;
                    Update(optimization, groups, update);
                    Figures.Record();
                }
            }
            finally
            {
                Array.ForEach(experiences, experience => experience.Dispose());
            }
        }
    }

    /// <summary>Detaches the adapter.</summary>
    public virtual void Dispose() => Policy.Dispose();

    /// <summary>
    /// Samples a rollout of <c>training:batchSize</c> groups. Metrics and run state change only after the last check for cancellation.
    /// </summary>
    /// <param name="inputs">The training inputs.</param>
    /// <param name="round">The number of the rollout, counted from 0.</param>
    /// <param name="random">The only source of randomness.</param>
    /// <param name="stop">Abandons the rollout.</param>
    /// <returns>The rollout of all processes in one or more parts, owned by the caller; null if it was cancelled.</returns>
    protected abstract Experience[]? Collect(IBatchSource inputs, long round, SeededRandom random, CancellationToken stop);

    /// <summary>The loss of a minibatch.</summary>
    /// <param name="part">Rows of an experience.</param>
    /// <returns>A scalar in the current dispose scope.</returns>
    protected abstract Tensor Loss(Experience part);

    /// <summary>Values of the states before the actions, for strategies that learn them; null by default.</summary>
    /// <param name="now">A rollout's evaluation.</param>
    /// <returns>float32 [B, T] in the current dispose scope, or null.</returns>
    protected virtual Tensor? Values(PolicyEvaluation now) => null;

    /// <summary>Samples and scores a rollout, without gradients. Called by all processes at the same time.</summary>
    /// <param name="given">The inputs of all processes, one row per row of the rollout. Not disposed.</param>
    /// <param name="comparesReference">Whether to evaluate the rollout under the reference.</param>
    /// <param name="compute">
    /// Computes the tensors of an <see cref="Experience"/> for the rows of all processes, in the current dispose scope. Called after the
    /// last check for cancellation.
    /// </param>
    /// <param name="random">The only source of randomness.</param>
    /// <param name="stop">Abandons the rollout.</param>
    /// <returns>The rows of each process, in their order; null if it was cancelled. The caller disposes them.</returns>
    protected Experience[]? Sample(
        Batch given, bool comparesReference, Func<Sampled, Dictionary<string, Tensor>> compute, SeededRandom random, CancellationToken stop)
    {
        using var untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        using SampledRows? own = Interruptible.Try(() => SampleOwn(given, comparesReference, random, stop), Ranks, stop);
        if (own is null)
            return null;
        double[] scores = [.. _reward.Score(Run.Model.Outcomes(own.Rollout, Run.Tokenizer))];
        Record(own, scores);
        long actions = Ranks.Largest(own.Mask.size(1));
        Dictionary<string, Tensor> parts = compute(new Sampled(
            Ranks.Gather(own.Mask, actions), Ranks.Gather(own.Now.LogProbabilities, actions),
            own.Reference is { } reference ? Ranks.Gather(reference, actions) : null,
            Values(own.Now) is { } values ? Ranks.Gather(values, actions) : null, Ranks.Gather(scores)));
        long first = 0;
        return Array.ConvertAll(Ranks.Gather(own.Take()), rollout =>
        {
            (long rows, long columns) = (rollout.Mask.size(0), rollout.Mask.size(1));
            var experience = new Experience(rollout, parts.Select(part => KeyValuePair.Create(
                part.Key, part.Value.narrow(0, first, rows).narrow(1, 0, Math.Min(columns, part.Value.size(1))))));
            first += rows;
            return experience;
        });
    }

    /// <summary>The rows of a group in an experience.</summary>
    /// <param name="group">The index of the group.</param>
    protected IEnumerable<long> RowsOf(long group) => Range(GroupSize).Select(row => group * GroupSize + row);

    private SampledRows SampleOwn(Batch given, bool comparesReference, SeededRandom random, CancellationToken stop)
    {
        Rollout rollout = Ranks.Sample(Run.Model, given, Sampling, random, stop);
        try
        {
            // Recomputed, since decoding with a cache and a full forward pass round differently.
            PolicyEvaluation now = Run.Model.Evaluate(rollout, Sampling);
            stop.ThrowIfCancellationRequested();
            Tensor? reference = comparesReference
                ? Policy.UnderReference(model => model.Evaluate(rollout, Sampling).LogProbabilities)
                : null;
            stop.ThrowIfCancellationRequested();
            return new SampledRows(rollout, now, reference);
        }
        catch
        {
            rollout.Dispose();
            throw;
        }
    }

    private void Record(SampledRows own, double[] scores)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor mask = own.Mask;
        double actions = mask.sum().item<float>();
        Figures.Add($"{_name}/reward", torch.tensor(scores.Average()));
        if (own.Reference is { } reference)
        {
            Tensor divergence = ((own.Now.LogProbabilities - reference) * mask).sum(1L); // [B]
            Figures.Add($"{_name}/kl", divergence.mean());
            Figures.Add($"{_name}/kl_per_token", divergence.sum() / mask.sum(), actions);
        }

        Figures.Add($"{_name}/entropy", MaskedStatistics.Mean(own.Now.Entropy, mask), actions);
        Figures.Add($"{_name}/length", mask.sum(1L).mean());
    }

    private (Experience Experience, long Group)[] Groups(IEnumerable<Experience> experiences) =>
        [.. experiences.SelectMany(experience => Range(experience.Count / GroupSize).Select(group => (experience, group)))];

    // A minibatch whose groups come from several experiences is split into one batch per experience; the step weights them by targets.
    // Each of several processes takes equally many groups of each minibatch.
    private void Update(IOptimization optimization, (Experience Experience, long Group)[] groups, long[][] minibatches)
    {
        Dictionary<Batch, Experience> parts = [];
        try
        {
            foreach (long[] minibatch in minibatches)
            {
                foreach (IGrouping<Experience, long> chosen in
                    Ranks.Share(minibatch).Select(index => groups[index])
                        .GroupBy(chosen => chosen.Experience, chosen => chosen.Group))
                {
                    Experience part = chosen.Key.Rows([.. chosen.SelectMany(RowsOf)], WeighsRows);
                    parts.Add(part.Rollout.States, part);
                }
            }

            optimization.Step([.. parts.Keys], states => Loss(parts[states]));
        }
        finally
        {
            foreach (Experience part in parts.Values)
                part.Dispose();
        }
    }

    // The groups of each minibatch of each update; every epoch visits all groups in a new order.
    private IEnumerable<long[][]> Updates(int groups, int size, int minibatches, SeededRandom random)
    {
        for (int epoch = 0; epoch < _epochs; epoch++)
        {
            long[] order = [.. Range(groups)];
            if ((long)size * minibatches < groups)
                random.Fork(epoch).Shuffle<long>(order);
            foreach (long[][] update in order.Chunk(size).Chunk(minibatches))
                yield return update;
        }
    }

    private static IEnumerable<long> Range(long count) => Enumerable.Range(0, (int)count).Select(index => (long)index);
}

/// <summary>
/// The rows of all processes of a sampled and scored rollout, before the first update. Tensors are in the current dispose scope.
/// </summary>
/// <param name="Mask">float32 [B, T], 1 where an action was taken.</param>
/// <param name="LogProbabilities">float32 [B, T] under the policy that sampled.</param>
/// <param name="Reference">float32 [B, T]: log-probabilities under the reference, or null if they are not needed.</param>
/// <param name="Values">float32 [B, T]: values of the states before the actions, or null if the strategy learns none.</param>
/// <param name="Scores">The reward of each row.</param>
internal sealed record Sampled(Tensor Mask, Tensor LogProbabilities, Tensor? Reference, Tensor? Values, double[] Scores);
