using TorchSharp;

namespace Tenon;

/// <summary>A trained model of any type whose loss a strategy measures. The host owns all members.</summary>
public interface IEvaluation
{
    /// <inheritdoc cref="IEvaluation{TModel}.Model"/>
    IModel Model { get; }

    /// <inheritdoc cref="IEvaluation{TModel}.Reference"/>
    IModel Reference { get; }

    /// <summary>The data. Batches of either split contain each example once, in order, as in validation.</summary>
    IRunData Data { get; }

    /// <summary>The split to measure on; it has examples.</summary>
    Split Split { get; }

    /// <summary>
    /// Records a metric of the batches measured so far, as <see cref="IRun.Record"/> does in a run; the last value of each name
    /// is shown next to the loss.
    /// </summary>
    /// <param name="name">Name with a slash between group and metric.</param>
    /// <param name="value">Any number.</param>
    void Record(string name, double value);

    /// <summary>Returns the same evaluation, with the model as a capability.</summary>
    /// <typeparam name="TModel">The capability.</typeparam>
    IEvaluation<TModel> As<TModel>() where TModel : IModel => new EvaluationAs<TModel>(this);
}

/// <summary>A trained model whose loss a strategy measures in the same way as the run's validations.</summary>
/// <typeparam name="TModel">The capability that the strategy needs.</typeparam>
public interface IEvaluation<out TModel> : IEvaluation where TModel : IModel
{
    /// <summary>The model, with its adapter applied if one was trained; on the device, in eval mode.</summary>
    new TModel Model { get; }

    /// <summary>The model as it was when the run began, like <see cref="IRun{TModel}.Reference"/>. Created on first use.</summary>
    /// <exception cref="ModelException">The folder of the model that the run started from no longer exists.</exception>
    new TModel Reference { get; }

    /// <inheritdoc/>
    IModel IEvaluation.Model => Model;

    /// <inheritdoc/>
    IModel IEvaluation.Reference => Reference;
}

/// <summary>An evaluation whose model has the type of a capability.</summary>
/// <typeparam name="TModel">The capability.</typeparam>
/// <param name="evaluation">The evaluation.</param>
internal sealed class EvaluationAs<TModel>(IEvaluation evaluation) : IEvaluation<TModel> where TModel : IModel
{
    /// <inheritdoc/>
    public TModel Model => (TModel)evaluation.Model;

    /// <inheritdoc/>
    public TModel Reference => (TModel)evaluation.Reference;

    /// <inheritdoc/>
    public IRunData Data => evaluation.Data;

    /// <inheritdoc/>
    public Split Split => evaluation.Split;

    /// <inheritdoc/>
    public void Record(string name, double value) => evaluation.Record(name, value);
}

/// <summary>The batches and the loss with which a strategy validates.</summary>
public sealed record ValidationSetup
{
    /// <summary>The batches of one pass, in order; each enumeration gives the same batches.</summary>
    public required IBatchSource Batches { get; init; }

    /// <summary>Maps a batch to a scalar: the mean over the batch's targets. Intermediate tensors are disposed.</summary>
    public required Func<Batch, torch.Tensor> Loss { get; init; }
}
