using Tenon;

[assembly: Plugin("tenon.pretrain", "Pre-training: every parameter, on the model's own objective")]

namespace Tenon.Pretrain;

/// <summary>No options: the model defines the objective, and the section <c>training</c> configures the step.</summary>
public sealed record PretrainOptions;

/// <summary>
/// Trains all parameters on the objective that the architecture was published with: next token (GPT), masked tokens (BERT),
/// classes (ViT), noise (diffusion). For freezing and early stopping, use <c>finetune</c>.
/// </summary>
[Strategy("pretrain", "Trains every parameter on the model's own objective", Stability = Stability.Stable, RunsInStages = true)]
public sealed class Pretrain : IStrategy<PretrainOptions, IModel>
{
    /// <inheritdoc/>
    public void Run(PretrainOptions options, IRun<IModel> run, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(run);
        using IOptimization optimization = run.Optimize();
        while (optimization.Next())
            optimization.Step(run.Model.Loss);
    }
}
