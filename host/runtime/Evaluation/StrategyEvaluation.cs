using Tenon.Host.Training;
using static TorchSharp.torch;

namespace Tenon.Host.Evaluation;

/// <summary>What a strategy is asked to measure, whatever the capability that it needs.</summary>
/// <param name="Model">The model, with the adapter in force where one was trained.</param>
/// <param name="Reference">Makes the model as it was when the run began, frozen.</param>
/// <param name="Data">The data, its batches in order.</param>
/// <param name="Split">The part to measure on.</param>
internal sealed record EvaluatedRun(IModel Model, Func<IModel> Reference, IRunData Data, Split Split);

/// <summary>What a strategy validates by, in a run that is over. The caller disposes it after it has measured.</summary>
/// <param name="run">What is measured.</param>
internal abstract class StrategyEvaluation(EvaluatedRun run) : IDisposable
{
    private readonly Dictionary<string, double> figures = new(StringComparer.Ordinal);

    /// <summary>What the strategy asks for; null: the model's own loss on its own batches.</summary>
    protected abstract ValidationSetup? Setup { get; }

    /// <summary>Whether the loss is the model's own, on its own batches.</summary>
    public bool IsOwn => Setup is null;

    /// <summary>The last figure of each name that the strategy gave.</summary>
    public IReadOnlyDictionary<string, double> Figures => figures;

    /// <summary>Measures by the strategy's loss, or the model's own where it has none.</summary>
    /// <param name="random">The root of the run's randomness: the noise is that of its own validations.</param>
    /// <param name="stop">Ends the work between batches.</param>
    public ValidationFigures Measure(SeededRandom random, CancellationToken stop = default) =>
        Setup is { } setup ? Measure(setup.Batches, setup.Loss, random, stop) : MeasureOwn(random, stop);

    /// <summary>Measures by the model's own loss on its own batches.</summary>
    /// <param name="random">The root of the run's randomness.</param>
    /// <param name="stop">Ends the work between batches.</param>
    public ValidationFigures MeasureOwn(SeededRandom random, CancellationToken stop = default) =>
        Measure(run.Data.Batches(run.Split), run.Model.Loss, random, stop);

    /// <summary>Takes a figure.</summary>
    public void Record(string name, double value) => figures[name] = value;

    /// <summary>Frees the reference where one was made.</summary>
    public abstract void Dispose();

    private ValidationFigures Measure(IBatchSource batches, Func<Batch, Tensor> loss, SeededRandom random, CancellationToken stop)
    {
        TrainingStep.Seed(random, "validation", 0);
        using (new EvaluationMode([run.Model.Module]))
            return Validation.Measure(batches, most: 0, loss, run.Model, stop);
    }
}

/// <inheritdoc/>
internal sealed class StrategyEvaluation<TOptions, TModel> : StrategyEvaluation, IEvaluation<TModel>
    where TOptions : class, new()
    where TModel : IModel
{
    private readonly ReferenceModel<TModel> reference;

    /// <summary>Asks the strategy.</summary>
    public StrategyEvaluation(IStrategy<TOptions, TModel> strategy, TOptions options, EvaluatedRun run) : base(run)
    {
        Model = (TModel)run.Model;
        Data = run.Data;
        Split = run.Split;
        reference = new ReferenceModel<TModel>(run.Reference);
        Setup = strategy.Validation(options, this);
    }

    public TModel Model { get; }

    public TModel Reference => reference.Value;

    public IRunData Data { get; }

    public Split Split { get; }

    protected override ValidationSetup? Setup { get; }

    public override void Dispose() => reference.Dispose();
}
