namespace Tenon.Rlhf;

/// <summary>
/// Trains a reward model to score chosen responses above rejected ones (Ouyang et al. 2022, section 3.5, with two
/// responses per prompt; Bradley and Terry 1952). Not supported: rankings of more than two responses.
/// </summary>
[Strategy("reward", "Trains a reward model on pairs of responses (InstructGPT, stage 2)")]
public sealed class RewardTraining : IStrategy<RewardOptions, IRewardModel>, ILearnsFrom<PreferenceExample>
{
    private const string Trained = "reward/accuracy";
    private const string HeldOut = "reward/validation_accuracy";

    /// <inheritdoc/>
    public void Run(RewardOptions options, IRun<IRewardModel> run, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(run);
        var figures = new Figures(run);
        var heldOut = new PairAccuracy(HeldOut, run.Record);
        using IOptimization optimization = run.Optimize(new OptimizationSetup
        {
            Batches = run.Data.Batches<PreferenceExample>(Split.Train, run.Model),
            ValidationBatches = run.Data.Examples<PreferenceExample>(Split.Validation) is null
            ? null
            : run.Data.Batches<PreferenceExample>(Split.Validation, run.Model),
            ValidationLoss = batch => Loss(options, run.Model, batch, heldOut.Add),
        });
        while (optimization.Next())
        {
            heldOut.Restart();
            optimization.Step(batch => Loss(options, run.Model, batch, Told));
            figures.Record();
        }

        void Told(Tensor chosen, Tensor rejected)
        {
            figures.Add(Trained, Figures.Share(chosen.gt(rejected)));
            figures.Add("reward/margin", (chosen - rejected).mean());
        }
    }

    /// <inheritdoc/>
    public ValidationSetup? Validation(RewardOptions options, IEvaluation<IRewardModel> evaluation)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(evaluation);
        var accuracy = new PairAccuracy(evaluation.Split == Split.Validation ? HeldOut : Trained, evaluation.Record);
        return new ValidationSetup
        {
            Batches = evaluation.Data.Batches<PreferenceExample>(evaluation.Split, evaluation.Model),
            Loss = batch => Loss(options, evaluation.Model, batch, accuracy.Add),
        };
    }

    private static Tensor Loss(RewardOptions options, IRewardModel model, Batch batch, Action<Tensor, Tensor> record)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor chosen, Tensor rejected) = Halves.Of(model.Rewards(batch)); // [2B] -> [B], [B]
        record(chosen, rejected);
        Tensor? margins = options.UseMargins ? batch.Find(BatchNames.Margins) : null;
        return PairwiseLoss.Of(chosen, rejected, margins, options.Centering).MoveToOuterDisposeScope();
    }
}
