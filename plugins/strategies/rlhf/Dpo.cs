using System.ComponentModel.DataAnnotations;

namespace Tenon.Rlhf;

/// <summary>
/// Trains a policy directly on preferences, without a reward model or sampling (Rafailov et al. 2023). Dropout is off, so
/// that policy and reference are equal at the start. Trains the whole model or an adapter.
/// </summary>
[Strategy("dpo", "Direct preference optimization on pairs of responses, regularized towards the initial model")]
public sealed class Dpo : IStrategy<DpoOptions, IPolicy>, ILearnsFrom<PreferenceExample>
{
    /// <inheritdoc/>
    public void Run(DpoOptions options, IRun<IPolicy> run, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(run);
        using var policy = new TrainedPolicy(run, options.Adapter);
        var figures = new Figures(run);
        using IOptimization optimization = run.Optimize(new OptimizationSetup
        {
            Batches = PairBatches.Of(run.Data, Split.Train)
                ?? throw new DataException(
                    "Direct preference optimization needs preferences, but the data has none. Choose data that yields PreferenceExample."),
            ValidationBatches = PairBatches.Of(run.Data, Split.Validation),
            ValidationLoss = batch => Loss(options, policy.Model, policy.UnderReference, batch),
            Adapter = policy.Adapter,
        });
        while (optimization.Next())
        {
            optimization.Step(batch => Loss(options, policy.Model, policy.UnderReference, batch, figures));
            figures.Record();
        }
    }

    /// <inheritdoc/>
    public ValidationSetup? Validation(DpoOptions options, IEvaluation<IPolicy> evaluation)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(evaluation);
        return PairBatches.Of(evaluation.Data, evaluation.Split) is not { } pairs ? null : new ValidationSetup
        {
            Batches = pairs,
            Loss = batch => Loss(options, evaluation.Model, evaluate => evaluate(evaluation.Reference), batch),
        };
    }

    /// <inheritdoc/>
    public bool UsesReference(DpoOptions options, IPolicy model)
    {
        ArgumentNullException.ThrowIfNull(options);
        return TrainedPolicy.UsesReference(options.Adapter, model);
    }

    /// <inheritdoc/>
    public WeightFormat? BaseWeights(DpoOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return TrainedPolicy.BaseWeights(options.Adapter);
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(DpoOptions options, IPolicy model, ITokenizer? tokenizer, IRunData data)
    {
        ArgumentNullException.ThrowIfNull(options);
        return TrainedPolicy.Validate(options.Adapter, model);
    }

    private static Tensor Loss(
        DpoOptions options, IPolicy policy, Func<Func<IPolicy, Tensor>, Tensor> underReference, Batch batch, Figures? figures = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor Chosen, Tensor Rejected) now = Halves.Of(Responses.LogProbabilities(policy, batch));
        (Tensor Chosen, Tensor Rejected) reference = Halves.Of(underReference(model => Responses.LogProbabilities(model, batch)));
        if (figures is not null)
        {
            Tensor chosen = DpoLoss.ImpliedReward(now.Chosen, reference.Chosen, options.Beta);
            Tensor rejected = DpoLoss.ImpliedReward(now.Rejected, reference.Rejected, options.Beta);
            figures.Add("dpo/accuracy", Figures.Share(chosen.gt(rejected)));
            figures.Add("dpo/margin", (chosen - rejected).mean());
            figures.Add("dpo/chosen", chosen.mean());
            figures.Add("dpo/rejected", rejected.mean());
        }

        return DpoLoss.Of(now, reference, options).mean().MoveToOuterDisposeScope();
    }
}
