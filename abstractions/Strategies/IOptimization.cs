using System.Text.Json.Nodes;
using TorchSharp;

namespace Tenon;

/// <summary>What is trained, and on what.</summary>
public sealed record OptimizationSetup
{
    /// <summary>Parameters to train by name; null: all of the model and the adapter that require a gradient. Others get no optimizer state.</summary>
    public IReadOnlyDictionary<string, Parameter>? Parameters { get; init; }

    /// <summary>Trained and saved beside the model, which is then not saved again; null: the model itself is the result.</summary>
    public IAdapter? Adapter { get; init; }

    /// <summary>
    /// Trained and checkpointed beside the model (and the adapter), and no part of what the run leaves: the value head of
    /// PPO. On the device; its parameters' names get <c>auxiliary.</c> in front. Stays the strategy's. Null: none.
    /// </summary>
    public torch.nn.Module? AuxiliaryModule { get; init; }

    /// <summary>Training batches; null: <see cref="IRunData.Batches(Split)"/>.</summary>
    public IBatchSource? Batches { get; init; }

    /// <summary>Validation batches; null: those of the data. With them goes <see cref="IStrategy{TOptions, TModel}.Validation"/>.</summary>
    public IBatchSource? ValidationBatches { get; init; }

    /// <summary>The loss that validation reports; null: the model's own. With it goes <see cref="IStrategy{TOptions, TModel}.Validation"/>.</summary>
    public Func<Batch, Tensor>? ValidationLoss { get; init; }

    /// <summary>
    /// What a step minimises, in a few words (<c>preference loss</c>), where that is another quantity than validation
    /// measures: the two are then drawn on axes of their own. Null: the same quantity, on other examples.
    /// </summary>
    public string? Objective { get; init; }

    /// <summary>Learning-rate multiplier by parameter name; null: 1 for each.</summary>
    public Func<string, double>? LearningRateScale { get; init; }

    /// <summary>Which validation is kept and when training ends early; null: the last step's model, after all steps.</summary>
    public SelectionOptions? Selection { get; init; }
}

/// <summary>Parameters that a strategy adds to a frozen model and that are saved in a small folder of their own.</summary>
public interface IAdapter : IDisposable
{
    /// <summary>The added parameters.</summary>
    torch.nn.Module Module { get; }

    /// <summary>Content of <c>adapter_config.json</c>, in PEFT's form.</summary>
    JsonObject Configuration { get; }

    /// <summary>The tensors of <c>adapter_model.safetensors</c> by PEFT's names. They stay the adapter's.</summary>
    IReadOnlyDictionary<string, Tensor> Weights { get; }

    /// <summary>
    /// Hands the parameters' present values to the model. The host calls it before it validates or generates, where they
    /// may be averages; adapters whose values the model reads itself do nothing.
    /// </summary>
    void Apply() { }

    /// <summary>
    /// What <see cref="IModel.Outputs"/> gives with the adapter in force, and what the reference implementation names of the
    /// adapter itself (<c>prompt_embeds</c>, <c>past_key_values</c>). <c>tenon parity</c> compares them with reference data.
    /// </summary>
    /// <param name="model">The base model, with the adapter on it.</param>
    /// <param name="inputs">Tensors with the reference's names. Not disposed.</param>
    /// <param name="requested">The names wanted.</param>
    /// <returns>Those of the requested outputs that there are, in the current dispose scope, with graph to the adapter's parameters.</returns>
    IReadOnlyDictionary<string, Tensor> Outputs(IModel model, IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested) =>
        model.Outputs(inputs, requested);
}

/// <summary>
/// An adapter that is a sum on the model's weights (LoRA): several can be in force at once, each with a factor, as PEFT's
/// combination <c>cat</c> adds them up; and it can become part of the weights.
/// </summary>
public interface IWeightAdapter : IAdapter
{
    /// <summary>Multiplies what is added to the weights; 1: as it was trained. It cannot be set while the adapter is merged.</summary>
    /// <exception cref="InvalidOperationException">Set while merged.</exception>
    double Factor { get; set; }

    /// <summary>Adds the adapter to the model's weights, where it costs nothing any more. Does nothing when that was done.</summary>
    void Merge();

    /// <summary>
    /// Takes it out of the weights again. Without any merged adapter they are bit for bit as before, in whatever order
    /// several were merged and taken out. Does nothing when it is not in. An adapter that is disposed merged stays in.
    /// </summary>
    void Unmerge();
}

/// <summary>
/// A strategy whose adapters can be opened again, also those that PEFT saved. Which ones
/// <see cref="StrategyAttribute.AdapterTypes"/> says.
/// </summary>
public interface IAdapterFormat
{
    /// <summary>Puts a saved adapter onto its base model, which then computes with it until the adapter is disposed.</summary>
    /// <param name="configuration">Content of <c>adapter_config.json</c>.</param>
    /// <param name="weights">The tensors of <c>adapter_model.safetensors</c> by PEFT's names, on the CPU. They stay the caller's.</param>
    /// <param name="model">The base model with its weights, on its device. Stays the caller's.</param>
    /// <returns>The adapter, in eval mode, which the caller disposes before the model.</returns>
    /// <exception cref="ModelException">Configuration, weights and model do not fit, or ask for what is not supported.</exception>
    IAdapter Open(JsonObject configuration, IReadOnlyDictionary<string, Tensor> weights, IModel model);
}

/// <summary>What a step did.</summary>
/// <param name="Loss">Mean loss over the step's targets, before the update.</param>
/// <param name="GradientNorm">2-norm of all gradients before clipping.</param>
/// <param name="LearningRate">The rate of this step.</param>
public sealed record StepResult(double Loss, double GradientNorm, double LearningRate);

/// <summary>
/// The training step, written once for every strategy. A step is a function of seed and step number: torch's generator
/// is seeded anew for each, so that a resumed run equals the uninterrupted one bit for bit.
/// </summary>
public interface IOptimization : IDisposable
{
    /// <summary>Steps done so far, those before a resume included.</summary>
    long CompletedSteps { get; }

    /// <summary>Steps that the run is to have.</summary>
    long TotalSteps { get; }

    /// <summary>Batches that the recipe wants in a step. A strategy that hands over its own does so with as many.</summary>
    int Accumulate => 1;

    /// <summary>
    /// Whether work is left: steps are, and patience (<see cref="SelectionOptions.Patience"/>) is. The place between steps where validation, samples and checkpoints are made when they are
    /// due; several calls of <c>Step</c> may follow one of <c>Next</c> (the minibatches of one PPO rollout) and are then
    /// saved together or not at all. A call without a <c>Step</c> behind the last one is that of a strategy that gave its work up
    /// for a stop: figures of the step that this work was for are dropped, since a resumed run records them anew.
    /// </summary>
    /// <exception cref="OperationCanceledException">The user asked to stop; a checkpoint was written.</exception>
    bool Next();

    /// <summary>One update on the next training batches (as many as the recipe accumulates).</summary>
    /// <param name="loss">From a batch to a scalar: the mean over the batch's targets. Its intermediate tensors are disposed.</param>
    /// <exception cref="NonFiniteLossException">The loss or a gradient is not finite; parameters are as before the step.</exception>
    StepResult Step(Func<Batch, Tensor> loss);

    /// <summary>One update on the batches given, weighted by their targets. They stay the caller's.</summary>
    /// <param name="batches">At least one, on the run's device.</param>
    /// <param name="loss">From a batch to a scalar: the mean over the batch's targets.</param>
    /// <exception cref="NonFiniteLossException">The loss or a gradient is not finite; parameters are as before the step.</exception>
    StepResult Step(IReadOnlyList<Batch> batches, Func<Batch, Tensor> loss);
}

/// <summary>A loss or gradient became infinite or not a number. Parameters are as before the step.</summary>
/// <param name="step">The step that failed, counted from 1.</param>
/// <param name="what">What was not finite.</param>
/// <param name="value">Its value.</param>
public sealed class NonFiniteLossException(long step, string what, double value)
    : Exception($"Step {step}: the {what} is {value}. The parameters are as before this step. Lower the learning rate, lengthen the warm-up or clip gradients.")
{
    /// <summary>The step that failed, counted from 1.</summary>
    public long Step { get; } = step;
}
