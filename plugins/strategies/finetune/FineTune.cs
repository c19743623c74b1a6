using System.ComponentModel.DataAnnotations;

namespace Tenon.FineTune;

/// <summary>
/// Continues training all or part of a model on its own objective, and keeps the checkpoint with the best validation. Not
/// supported: gradual unfreezing.
/// </summary>
[Strategy("finetune", "Trains all or some parameters of a trained model on its own objective", RunsInStages = true)]
public sealed class FineTune : IStrategy<FineTuneOptions, IModel>
{
    /// <inheritdoc/>
    public void Run(FineTuneOptions options, IRun<IModel> run, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(run);
        TrainedPart.Select(options, run.Model);
        Func<string, double>? scale = options.LayerDecay < 1 ? LayerDecay.Of(run.Model, options.LayerDecay) : null;
        using IOptimization optimization = run.Optimize(new OptimizationSetup { LearningRateScale = scale, Selection = options });
        while (optimization.Next())
            optimization.Step(run.Model.Loss);
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(FineTuneOptions options, IModel model, ITokenizer? tokenizer, IRunData data)
    {
        ArgumentNullException.ThrowIfNull(options);
        return [.. TrainedPart.Validate(options, model), .. LayerDecay.Validate(model, options.LayerDecay)];
    }
}
