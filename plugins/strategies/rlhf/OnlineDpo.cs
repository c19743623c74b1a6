using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Tenon.Rlhf;

/// <summary>
/// Direct preference optimization on the policy's own samples: it samples twice for each input, and the recipe's reward
/// ranks the two (Guo et al. 2024; for images Yang et al. 2023, D3PO). It needs no preference data, so it works for every
/// policy: texts, classes, masked words, images. Pairs with equal rewards are ignored. Dropout is off. Trains the whole model
/// or an adapter.
/// </summary>
[Strategy("online-dpo", "Direct preference optimization on pairs of the model's own samples, ranked by a reward", NeedsReward = true)]
public sealed class OnlineDpo : IStrategy<OnlineDpoOptions, IPolicy>
{
    /// <inheritdoc/>
    public void Run(OnlineDpoOptions options, IRun<IPolicy> run, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(run);
        using var session = new OnlineDpoSession(options, run);
        session.Train(stop);
    }

    /// <inheritdoc/>
    public bool UsesReference(OnlineDpoOptions options, IPolicy model)
    {
        ArgumentNullException.ThrowIfNull(options);
        return TrainedPolicy.UsesReference(options.Adapter, model);
    }

    /// <inheritdoc/>
    public WeightFormat? BaseWeights(OnlineDpoOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return TrainedPolicy.BaseWeights(options.Adapter);
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(OnlineDpoOptions options, IPolicy model, ITokenizer? tokenizer, IRunData data)
    {
        ArgumentNullException.ThrowIfNull(options);
        return TrainedPolicy.Validate(options.Adapter, model);
    }
}

/// <summary>One run of <see cref="OnlineDpo"/>.</summary>
internal sealed class OnlineDpoSession : IDisposable
{
    private const int MaxAttempts = 10;
    private const string Accuracy = "dpo/accuracy";
    private const string Margin = "dpo/margin";
    private const string Divergence = "dpo/kl";
    private readonly OnlineDpoOptions _options;
    private readonly IRun<IPolicy> _run;
    private readonly TrainedPolicy _policy;
    private readonly IReward _reward;
    private readonly SamplingOptions _sampling;
    private readonly Figures _figures;
    private readonly RolloutRanks _ranks;

    public OnlineDpoSession(OnlineDpoOptions options, IRun<IPolicy> run)
    {
        (_options, _run) = (options, run);
        _reward = run.Reward
            ?? throw new ModelException(
                "Online direct preference optimization needs a reward, but the recipe has none. Add the section 'reward'.");
        _sampling = new SamplingOptions
        {
            MaxNewTokens = options.MaxNewTokens,
            Temperature = options.Temperature,
            VocabularySize = run.Tokenizer?.VocabularySize
        };
        _policy = new TrainedPolicy(run, options.Adapter);
        // If the reward ranks none of a process's pairs, it has none of these figures.
        _figures = new Figures(run, Accuracy, Margin, Divergence);
        _ranks = new RolloutRanks(run.Ranks);
    }

    public void Train(CancellationToken stop)
    {
        IBatchSource inputs = _run.Data.Batches(Split.Train);
        using IOptimization optimization =
            _run.Optimize(new OptimizationSetup { Adapter = _policy.Adapter, Objective = "preference loss" });
        while (optimization.Next())
        {
            long first = optimization.CompletedSteps * optimization.Accumulate;
            if (Rank(inputs, first, optimization.Accumulate, stop) is not { } pairs)
                continue;
            try
            {
                optimization.Step([.. pairs.Select(pair => pair.Weight)], weight => Loss(pairs.First(pair => pair.Weight == weight)));
                _figures.Record();
            }
            finally
            {
                foreach (RankedPair pair in pairs)
                    pair.Dispose();
            }
        }
    }

    public void Dispose() => _policy.Dispose();

    // Takes further inputs until the reward ranks at least one pair of any process. Null if cancelled.
    private RankedPair[]? Rank(IBatchSource inputs, long from, int count, CancellationToken stop)
    {
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            long first = from + (long)attempt * count;
            List<RankedPair> pairs = [];
            bool isRanked = false;
            try
            {
                for (int i = 0; i < count; i++)
                {
                    if (Rank(inputs, first + i, _run.Random.Fork("online-dpo").Fork(from + i).Fork(attempt), stop) is not { } pair)
                        return null;
                    pairs.Add(pair);
                }

                isRanked = _ranks.Any(pairs.Any(pair => pair.Weight.Targets > 0));
                if (isRanked)
                    return [.. pairs];
            }
            finally
            {
                if (!isRanked)
                    pairs.ForEach(pair => pair.Dispose());
            }
        }

        throw new ModelException(string.Create(CultureInfo.InvariantCulture,
            $"The reward is equal for both samples in all of {MaxAttempts * count * inputs.BatchSize} pairs, so there is nothing to " +
            $"learn. Choose another reward, a higher temperature or a larger training:batchSize."));
    }

    private RankedPair? Rank(IBatchSource inputs, long index, SeededRandom random, CancellationToken stop)
    {
        using var untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        using Batch given = inputs.Get(index);
        Rollout? first = null, second = null;
        try
        {
            first = Sample("first");
            second = first is null ? null : Sample("second");
            if (second is not null)
                return Rank(first!, second);
            first?.Dispose();
            return null;
        }
        catch
        {
            first?.Dispose();
            second?.Dispose();
            throw;
        }

        Rollout? Sample(string name) =>
            Interruptible.Try(() => _ranks.Sample(_run.Model, given, _sampling, random.Fork(name), stop), _ranks, stop);
    }

    private RankedPair Rank(Rollout first, Rollout second)
    {
        double[] scores = [.. _reward.Score(_run.Model.Outcomes(first, _run.Tokenizer))];
        double[] others = [.. _reward.Score(_run.Model.Outcomes(second, _run.Tokenizer))];
        // [B]
        Tensor preference =
            torch.tensor([.. scores.Zip(others, (score, other) => (float)Math.Sign(score - other))], device: first.Mask.device);
        using Tensor both = torch.tensor([.. scores.Concat(others)]);
        _figures.Add("dpo/reward", both.mean());
        _figures.Add("dpo/ranked_pairs", preference.abs().mean());
        return new RankedPair(
            first, second, preference,
            (_policy.UnderReference(model => LogProbabilities(model, first)),
                _policy.UnderReference(model => LogProbabilities(model, second))));
    }

    private Tensor Loss(RankedPair pair)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor Chosen, Tensor Rejected) now =
            pair.Ordered((LogProbabilities(_run.Model, pair.First), LogProbabilities(_run.Model, pair.Second)));
        (Tensor Chosen, Tensor Rejected) reference = pair.Ordered(pair.Reference);
        Tensor chosen = DpoLoss.ImpliedReward(now.Chosen, reference.Chosen, _options.Beta);
        Tensor rejected = DpoLoss.ImpliedReward(now.Rejected, reference.Rejected, _options.Beta);
        double ranked = pair.Weight.Targets;
        _figures.Add(Accuracy, pair.Mean(chosen.gt(rejected).to(torch.ScalarType.Float32)), ranked);
        _figures.Add(Margin, pair.Mean(chosen - rejected), ranked);
        // The samples are the policy's own, so this estimates its divergence from the reference.
        _figures.Add(Divergence, ((chosen + rejected) / (2 * _options.Beta)).mean(), pair.Weight.Examples);
        return pair.Mean(DpoLoss.Of(now, reference, _options)).MoveToOuterDisposeScope();
    }

    // log π of all actions of each row: [B]
    private Tensor LogProbabilities(IPolicy model, Rollout rollout)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return (model.Evaluate(rollout, _sampling).LogProbabilities * rollout.Mask).sum(1L).MoveToOuterDisposeScope();
    }
}
