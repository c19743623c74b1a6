namespace Tenon.Rlhf;

/// <summary>
/// Trains a reward model to tell preferred responses from rejected ones (Ouyang et al. 2022, section 3.5, with two
/// responses to a prompt; Bradley and Terry 1952). Not supported: rankings of more than two.
/// </summary>
[Strategy("reward", "Trains a reward model on pairs of responses (InstructGPT, stage 2)")]
public sealed class RewardTraining : IStrategy<RewardOptions, IRewardModel>, ILearnsFrom<PreferenceExample>
{
    /// <inheritdoc/>
    public void Run(RewardOptions options, IRun<IRewardModel> run, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(run);
        IRewardModel model = run.Model;
        var figures = new Figures(run);
        var heldOut = new HeldOutAccuracy(run);
        using IOptimization optimization = run.Optimize(new OptimizationSetup
        {
            Batches = Pairs(Split.Train),
            ValidationBatches = run.Data.Examples<PreferenceExample>(Split.Validation) is null ? null : Pairs(Split.Validation),
            ValidationLoss = batch => Loss(batch, heldOut.Add),
        });
        while (optimization.Next())
        {
            heldOut.Restart();
            optimization.Step(batch => Loss(batch, Told));
            figures.Record();
        }

        IBatchSource Pairs(Split split) => run.Data.Batches<PreferenceExample>(split, model);

        void Told(Tensor chosen, Tensor rejected)
        {
            figures.Add("reward/accuracy", Figures.Share(chosen.gt(rejected)));
            figures.Add("reward/margin", (chosen - rejected).mean());
        }

        Tensor Loss(Batch batch, Action<Tensor, Tensor> told)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            (Tensor chosen, Tensor rejected) = Halves.Of(model.Rewards(batch)); // [2B] -> [B], [B]
            told(chosen, rejected);
            Tensor? margins = options.UseMargins ? batch.Find(BatchNames.Margins) : null;
            return PairwiseLoss.Of(chosen, rejected, margins, options.Centering).MoveToOuterDisposeScope();
        }
    }
}
