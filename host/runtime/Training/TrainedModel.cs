using Tenon.Host.Evaluation;
using Tenon.Host.Training.Checkpoints;
using Tenon.Host.Training.Parallel;
using static TorchSharp.torch;

namespace Tenon.Host.Training;

/// <summary>
/// The model that an optimization trains, and the other values that its parameters can have: the averages, and those of the best
/// validation. Owns only the copy of the best model.
/// </summary>
/// <param name="model">The run's model.</param>
/// <param name="setup">The strategy's setup.</param>
/// <param name="trained">The trained parameters.</param>
/// <param name="step">Optimizer and averages.</param>
/// <param name="whole">The tensors of which those of this process may be parts.</param>
internal sealed class TrainedModel(
    IModel model, OptimizationSetup setup, TrainedParameters trained, TrainingStep step, WholeTensors whole) : IDisposable
{
    private readonly IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> _weights =
        TrainedState.Weights(model.Module, setup, trained);
    private KeptModel? _best;

    /// <summary>Whether the model of the best validation is kept.</summary>
    public bool HasBest => _best is not null;

    /// <summary>The tensors as files store them.</summary>
    public WholeTensors Whole => whole;

    /// <summary>
    /// Returns all tensors that training changes, by file and name, for checkpoints. Live tensors; not owned by the caller.
    /// </summary>
    /// <param name="optimizer">The optimizer's state.</param>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> Files(IReadOnlyDictionary<string, Tensor> optimizer) =>
        TrainedState.Files(_weights, optimizer, step, _best);

    /// <summary>Keeps the current values as the best ones.</summary>
    public void KeepAsBest()
    {
        if (_best is null)
            _best = new KeptModel(_weights);
        else
            _best.Take();
    }

    /// <summary>Switches to the averages until the returned object is disposed; null if the recipe does not use averages.</summary>
    public IDisposable? SwapInAverages() => step.Ema?.SwapIn();

    /// <summary>
    /// Switches to the values that the run saves until the returned object is disposed: the best model if one is kept, otherwise
    /// the averages, otherwise the model itself (null).
    /// </summary>
    public IDisposable? SwapInResult() => _best?.SwapIn() ?? SwapInAverages();

    /// <summary>
    /// Sets eval mode without gradients until disposed, with the adapter applied. Called after values are swapped in.
    /// </summary>
    public EvaluationMode Evaluate()
    {
        var mode = new EvaluationMode(new[] { model.Module, setup.Adapter?.Module, setup.AuxiliaryModule }.OfType<nn.Module>());
        setup.Adapter?.Apply();
        return mode;
    }

    /// <summary>Frees the copy of the best model.</summary>
    public void Dispose() => _best?.Dispose();
}
