using System.Text.Json.Nodes;
using TorchSharp;

namespace Tenon;

/// <summary>The parameters to train, and the batches to train them on.</summary>
public sealed record OptimizationSetup
{
    /// <summary>
    /// Parameters to train, by name; null for all parameters of the model and the adapter that require a gradient. Other
    /// parameters get no optimizer state.
    /// </summary>
    public IReadOnlyDictionary<string, Parameter>? Parameters { get; init; }

    /// <summary>Trained and saved instead of the model; null if the model itself is the result.</summary>
    public IAdapter? Adapter { get; init; }

    /// <summary>
    /// A module that is trained and checkpointed with the model (and the adapter) but is not part of the result: the value head
    /// of PPO. On the device; the names of its parameters are prefixed with <c>auxiliary.</c>. The strategy keeps ownership.
    /// Null if there is none.
    /// </summary>
    public torch.nn.Module? AuxiliaryModule { get; init; }

    /// <summary>Training batches; null for <see cref="IRunData.Batches(Split)"/>.</summary>
    public IBatchSource? Batches { get; init; }

    /// <summary>
    /// Validation batches; null for those of the data. A strategy that sets them implements
    /// <see cref="IStrategy{TOptions, TModel}.Validation"/>.
    /// </summary>
    public IBatchSource? ValidationBatches { get; init; }

    /// <summary>
    /// The loss that validation reports; null for the model's own loss. A strategy that sets it implements
    /// <see cref="IStrategy{TOptions, TModel}.Validation"/>.
    /// </summary>
    public Func<Batch, Tensor>? ValidationLoss { get; init; }

    /// <summary>
    /// Name of the quantity that a step minimizes (<c>preference loss</c>) if validation measures a different quantity; the two are
    /// then plotted on separate axes. Null if validation measures the same quantity on other examples.
    /// </summary>
    public string? Objective { get; init; }

    /// <summary>Learning-rate multiplier by parameter name; null means 1 for all.</summary>
    public Func<string, double>? LearningRateScale { get; init; }

    /// <summary>
    /// Selects the validation whose model is kept, and stops training early; null to keep the model of the last step.
    /// </summary>
    public SelectionOptions? Selection { get; init; }
}

/// <summary>Parameters that a strategy adds to a frozen model; saved in their own folder.</summary>
public interface IAdapter : IDisposable
{
    /// <summary>The added parameters.</summary>
    torch.nn.Module Module { get; }

    /// <summary>Content of <c>adapter_config.json</c>, in PEFT's format.</summary>
    JsonObject Configuration { get; }

    /// <summary>The tensors of <c>adapter_model.safetensors</c> by PEFT's names, owned by the adapter.</summary>
    IReadOnlyDictionary<string, Tensor> Weights { get; }

    /// <summary>
    /// Passes the current values of the parameters to the model. The host calls it before validation and generation, when the
    /// values may be averages. Does nothing in adapters whose parameters the model reads directly.
    /// </summary>
    void Apply() { }

    /// <summary>
    /// Returns the result of <see cref="IModel.Outputs"/> with the adapter applied, plus the adapter's own outputs in the
    /// reference implementation (<c>prompt_embeds</c>, <c>past_key_values</c>). <c>tenon parity</c> compares them with reference
    /// data.
    /// </summary>
    /// <param name="model">The base model with the adapter applied.</param>
    /// <param name="inputs">Tensors with the reference's names. Not disposed.</param>
    /// <param name="requested">Names of the outputs.</param>
    /// <returns>The requested outputs that exist, in the current dispose scope, with graph to the adapter's parameters.</returns>
    IReadOnlyDictionary<string, Tensor> Outputs(IModel model, IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested) =>
        model.Outputs(inputs, requested);
}

/// <summary>
/// An adapter that adds to the model's weights (LoRA). Several can be applied at once, each with a scale, like PEFT's
/// combination type <c>cat</c>, and it can be merged into the weights.
/// </summary>
public interface IWeightAdapter : IAdapter
{
    /// <summary>Scale of the addition to the weights; 1 as trained. Cannot be set while the adapter is merged.</summary>
    /// <exception cref="InvalidOperationException">Set while merged.</exception>
    double Factor { get; set; }

    /// <summary>Merges the adapter into the model's weights, so that it adds no cost. Does nothing if it is already merged.</summary>
    void Merge();

    /// <summary>
    /// Removes the adapter from the weights. Once no adapter is merged any more, the weights are restored bit for bit, regardless
    /// of the order of merging and unmerging. Does nothing if the adapter is not merged. Disposing a merged adapter leaves it
    /// merged.
    /// </summary>
    void Unmerge();
}

/// <summary>
/// A strategy that opens saved adapters, including those saved by PEFT, of the types in <see cref="StrategyAttribute.AdapterTypes"/>.
/// </summary>
public interface IAdapterFormat
{
    /// <summary>Applies a saved adapter to its base model until the adapter is disposed.</summary>
    /// <param name="configuration">Content of <c>adapter_config.json</c>.</param>
    /// <param name="weights">The tensors of <c>adapter_model.safetensors</c> by PEFT's names, on the CPU, owned by the caller.</param>
    /// <param name="model">The base model with its weights, on its device, owned by the caller.</param>
    /// <returns>The adapter, in eval mode. The caller disposes it before the model.</returns>
    /// <exception cref="ModelException">Configuration, weights and model do not match, or require something unsupported.</exception>
    IAdapter Open(JsonObject configuration, IReadOnlyDictionary<string, Tensor> weights, IModel model);
}

/// <summary>Result of a training step.</summary>
/// <param name="Loss">Mean loss over the step's targets, before the update.</param>
/// <param name="GradientNorm">2-norm of all gradients before clipping.</param>
/// <param name="LearningRate">Learning rate of this step.</param>
public sealed record StepResult(double Loss, double GradientNorm, double LearningRate);

/// <summary>
/// The training step of all strategies. A step is a function of seed and step number: torch's generator is reseeded for each
/// step, so a resumed run equals the uninterrupted one bit for bit.
/// </summary>
public interface IOptimization : IDisposable
{
    /// <summary>Steps completed, including those before a resume.</summary>
    long CompletedSteps { get; }

    /// <summary>Total steps of the run.</summary>
    long TotalSteps { get; }

    /// <summary>Batches per step, as set by the recipe. A strategy that passes its own batches passes this many.</summary>
    int Accumulate => 1;

    /// <summary>
    /// Returns whether to continue: steps remain and patience (<see cref="SelectionOptions.Patience"/>) is not exhausted. Between
    /// steps it runs validation, samples and checkpoints when they are due. Several calls of <c>Step</c> may follow one call of
    /// <c>Next</c> (the minibatches of a PPO rollout); they are checkpointed together or not at all. A call without a <c>Step</c>
    /// since the last one comes from a strategy that abandoned its work on cancellation: the metrics of that step are dropped,
    /// because a resumed run records them again.
    /// </summary>
    /// <exception cref="OperationCanceledException">The user asked to stop; a checkpoint was written.</exception>
    bool Next();

    /// <summary>Performs one update on the next training batches (as many as the recipe accumulates).</summary>
    /// <param name="loss">Maps a batch to a scalar: the mean over the batch's targets. Intermediate tensors are disposed.</param>
    /// <exception cref="NonFiniteLossException">The loss or a gradient is not finite; the parameters are unchanged.</exception>
    StepResult Step(Func<Batch, Tensor> loss);

    /// <summary>
    /// Performs one update on the given batches, weighted by their targets. The caller keeps ownership. If several processes train
    /// (<see cref="IRun.Ranks"/>), each passes the batches of its own rows, and all call it at the same time.
    /// </summary>
    /// <param name="batches">At least one, on the run's device.</param>
    /// <param name="loss">Maps a batch to a scalar: the mean over the batch's targets.</param>
    /// <exception cref="NonFiniteLossException">The loss or a gradient is not finite; the parameters are unchanged.</exception>
    StepResult Step(IReadOnlyList<Batch> batches, Func<Batch, Tensor> loss);
}

/// <summary>A loss or gradient became infinite or NaN. The parameters are unchanged.</summary>
/// <param name="step">The step that failed, counted from 1.</param>
/// <param name="what">The quantity that was not finite.</param>
/// <param name="value">Its value.</param>
public sealed class NonFiniteLossException(long step, string what, double value)
    : Exception($"Step {step}: the {what} is {value}. The parameters are unchanged. Lower the learning rate, lengthen the warm-up or " +
        "clip gradients.")
{
    /// <summary>The step that failed, counted from 1.</summary>
    public long Step { get; } = step;
}
