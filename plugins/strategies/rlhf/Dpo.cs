namespace Tenon.Rlhf;

/// <summary>
/// Trains a policy on preferences directly, without a reward model and without sampling (Rafailov et al. 2023). Dropout
/// is off, so that policy and reference are equal at the start. The whole model is trained; adapters are not supported.
/// </summary>
[Strategy("dpo", "Direct preference optimization: learns from pairs of responses, close to the model it starts from")]
public sealed class Dpo : IStrategy<DpoOptions, IPolicy>
{
    /// <inheritdoc/>
    public void Run(DpoOptions options, IRun<IPolicy> run, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(run);
        IPolicy model = run.Model;
        IPolicy reference = run.Reference;
        model.Module.eval();
        var figures = new Figures(run);
        using IOptimization optimization = run.Optimize(new OptimizationSetup
        {
            Batches = PairBatches.Of(run.Data, Split.Train)
                ?? throw new DataException("Direct preference optimization learns from preferences, and the data has none. Choose data that yields PreferenceExample."),
            ValidationBatches = PairBatches.Of(run.Data, Split.Validation),
            ValidationLoss = batch => Loss(batch, null),
        });
        while (optimization.Next())
        {
            optimization.Step(batch => Loss(batch, figures));
            figures.Record();
        }

        Tensor Loss(Batch batch, Figures? told)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            (Tensor Chosen, Tensor Rejected) policy = Halves.Of(Responses.LogProbabilities(model, batch));
            (Tensor Chosen, Tensor Rejected) fixedPoint;
            using (torch.no_grad())
                fixedPoint = Halves.Of(Responses.LogProbabilities(reference, batch));
            if (told is not null)
            {
                Tensor chosen = DpoLoss.ImpliedReward(policy.Chosen, fixedPoint.Chosen, options.Beta);
                Tensor rejected = DpoLoss.ImpliedReward(policy.Rejected, fixedPoint.Rejected, options.Beta);
                told.Add("dpo/accuracy", Figures.Share(chosen.gt(rejected)));
                told.Add("dpo/margin", (chosen - rejected).mean());
                told.Add("dpo/chosen", chosen.mean());
                told.Add("dpo/rejected", rejected.mean());
            }

            return DpoLoss.Of(policy, fixedPoint, options).mean().MoveToOuterDisposeScope();
        }
    }
}
