using Tenon;

[assembly: Plugin("tenon.pretrain", "Pre-training: every parameter, on the model's own objective")]

namespace Tenon.Pretrain;

/// <summary>Pre-training has no options of its own: the objective is the model's, the step is the section <c>training</c>.</summary>
public sealed record PretrainOptions;

/// <summary>
/// Trains all parameters on the objective that the architecture was published with: the next token (GPT), hidden tokens
/// (BERT), classes (ViT), noise (diffusion). Freezing parts and early stopping are fine-tuning's.
/// </summary>
[Strategy("pretrain", "Trains every parameter on the model's own objective", Stability = Stability.Stable)]
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
