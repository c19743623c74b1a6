using Tenon.Host.Models;
using Tenon.Host.Native;
using static TorchSharp.torch;

namespace Tenon.Host.Evaluation;

/// <summary>
/// Measures a strategy's validation loss after the run. The caller disposes it after the last measurement.
/// </summary>
internal sealed class StrategyEvaluation : IEvaluation, IDisposable
{
    private readonly Dictionary<string, double> _figures = new(StringComparer.Ordinal);
    private readonly ReferenceModel _reference;
    private readonly ValidationSetup? _setup;

    /// <summary>Obtains the strategy's validation batches and loss.</summary>
    /// <param name="strategy">The strategy; null to measure the model's own loss.</param>
    /// <param name="options">Its options.</param>
    /// <param name="model">The model, with its adapter applied if one was trained.</param>
    /// <param name="reference">Creates the model as it was when the run began, frozen.</param>
    /// <param name="data">The data, with batches in order.</param>
    /// <param name="split">The split to measure on.</param>
    public StrategyEvaluation(IStrategy? strategy, object options, IModel model, Func<IModel> reference, IRunData data, Split split)
    {
        (Model, Data, Split) = (model, data, split);
        _reference = new ReferenceModel(reference);
        _setup = strategy?.Validation(options, this);
    }

    /// <inheritdoc/>
    public IModel Model { get; }

    /// <inheritdoc/>
    public IModel Reference => _reference.Value;

    /// <inheritdoc/>
    public IRunData Data { get; }

    /// <inheritdoc/>
    public Split Split { get; }

    /// <summary>Whether the loss is the model's own, on its own batches.</summary>
    public bool IsOwn => _setup is null;

    /// <summary>The last value of each metric that the strategy recorded.</summary>
    public IReadOnlyDictionary<string, double> Figures => _figures;

    /// <summary>Measures with the strategy's loss, or with the model's own if the strategy does not define one.</summary>
    /// <param name="random">
    /// The root of the run's random numbers, so that the noise is the same as in the run's validations.
    /// </param>
    /// <param name="stop">Cancels between batches.</param>
    public ValidationFigures Measure(SeededRandom random, CancellationToken stop = default) =>
        _setup is { } setup ? Measure(setup.Batches, setup.Loss, random, stop) : MeasureOwn(random, stop);

    /// <summary>Measures with the model's own loss on its own batches.</summary>
    /// <param name="random">The root of the run's random numbers.</param>
    /// <param name="stop">Cancels between batches.</param>
    public ValidationFigures MeasureOwn(SeededRandom random, CancellationToken stop = default) =>
        Measure(Data.Batches(Split), Model.Loss, random, stop);

    /// <inheritdoc/>
    public void Record(string name, double value) => _figures[name] = value;

    /// <summary>Frees the reference if it was created.</summary>
    public void Dispose() => _reference.Dispose();

    private ValidationFigures Measure(IBatchSource batches, Func<Batch, Tensor> loss, SeededRandom random, CancellationToken stop)
    {
        TorchGenerators.Seed(random, "validation", 0);
        using (new EvaluationMode([Model.Module]))
            return Validation.Measure(batches, most: 0, loss, Model, stop);
    }
}
