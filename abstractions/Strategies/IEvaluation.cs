using TorchSharp;

namespace Tenon;

/// <summary>A trained model that a strategy is to measure the loss of, whatever the model. Everything here belongs to the host.</summary>
public interface IEvaluation
{
    /// <inheritdoc cref="IEvaluation{TModel}.Model"/>
    IModel Model { get; }

    /// <inheritdoc cref="IEvaluation{TModel}.Reference"/>
    IModel Reference { get; }

    /// <summary>The data. Batches of either part hold each example once, in order, as those of a validation do.</summary>
    IRunData Data { get; }

    /// <summary>The part to measure on, which has examples.</summary>
    Split Split { get; }

    /// <summary>Gives a figure of the batches measured so far, as <see cref="IRun.Record"/> does in a run; the last of a name is shown beside the loss.</summary>
    /// <param name="name">The field's name, with a slash between group and figure.</param>
    /// <param name="value">Any number.</param>
    void Record(string name, double value);

    /// <summary>The same evaluation, with the model as a capability.</summary>
    /// <typeparam name="TModel">The capability.</typeparam>
    IEvaluation<TModel> As<TModel>() where TModel : IModel => new EvaluationAs<TModel>(this);
}

/// <summary>A trained model that a strategy is to measure the loss of, as its own validations report it.</summary>
/// <typeparam name="TModel">The capability that the strategy needs.</typeparam>
public interface IEvaluation<out TModel> : IEvaluation where TModel : IModel
{
    /// <summary>The model, with the adapter in force where one was trained; on the device, in eval mode.</summary>
    new TModel Model { get; }

    /// <summary>The model as it was when the run began, as <see cref="IRun{TModel}.Reference"/>. Made when first asked for.</summary>
    /// <exception cref="ModelException">The folder of the model that the run began with is gone.</exception>
    new TModel Reference { get; }

    /// <inheritdoc/>
    IModel IEvaluation.Model => Model;

    /// <inheritdoc/>
    IModel IEvaluation.Reference => Reference;
}

/// <summary>An evaluation whose model is seen as a capability.</summary>
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

/// <summary>What a strategy validates by.</summary>
public sealed record ValidationSetup
{
    /// <summary>The batches of one pass, in order, each the same whenever it is asked for.</summary>
    public required IBatchSource Batches { get; init; }

    /// <summary>From a batch to a scalar: the mean over the batch's targets. Its intermediate tensors are disposed.</summary>
    public required Func<Batch, torch.Tensor> Loss { get; init; }
}
