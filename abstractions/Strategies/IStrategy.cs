using System.ComponentModel.DataAnnotations;

namespace Tenon;

/// <summary>
/// A way to train, whatever its options and the capability that it needs: what the host calls. Plugins implement
/// <see cref="IStrategy{TOptions, TModel}"/>.
/// </summary>
public interface IStrategy : IComponent
{
    /// <summary>The capability that a model must have.</summary>
    Type ModelType { get; }

    /// <inheritdoc cref="IStrategy{TOptions, TModel}.Run"/>
    void Run(object options, IRun run, CancellationToken stop);

    /// <inheritdoc cref="IStrategy{TOptions, TModel}.Validate"/>
    IEnumerable<ValidationResult> Validate(object options, IModel model, ITokenizer? tokenizer, IRunData data);

    /// <inheritdoc cref="IStrategy{TOptions, TModel}.Validation"/>
    ValidationSetup? Validation(object options, IEvaluation evaluation);
}

/// <summary>
/// A way to train. The class carries <see cref="StrategyAttribute"/>; it knows a capability, never an architecture.
/// </summary>
/// <typeparam name="TOptions">The options that recipes set.</typeparam>
/// <typeparam name="TModel">The capability that it needs: <see cref="IModel"/>, <see cref="IPromptTunable"/>, <see cref="IPolicy"/>, ….</typeparam>
public interface IStrategy<in TOptions, in TModel> : IStrategy
    where TOptions : class, new()
    where TModel : IModel
{
    /// <summary>
    /// Trains; or, without <see cref="IRun.Optimize"/>, looks at the model, which the run then leaves as it was. Reads like the paper's pseudo-code: prepare, <see cref="IRun.Optimize"/>, and
    /// <c>while (optimization.Next()) optimization.Step(...)</c>. Synchronous, because torch's gradient mode belongs to
    /// a thread.
    /// </summary>
    /// <param name="options">Validated options.</param>
    /// <param name="run">Model, data, optimization, metrics.</param>
    /// <param name="stop">
    /// Asked for by the user. <see cref="IOptimization.Next"/> honours it. A strategy that does long work between steps
    /// gives it up and calls <see cref="IOptimization.Next"/> again, which writes the checkpoint and throws; a resumed run does
    /// that work anew, so nothing of it is in <see cref="IRun.State"/> before it is done.
    /// </param>
    /// <exception cref="OperationCanceledException">Stopped; a checkpoint was written.</exception>
    void Run(TOptions options, IRun<TModel> run, CancellationToken stop);

    /// <summary>
    /// What keeps a run with these options from working, as far as the data and the model tell: a label without a word, a
    /// pattern that no module is called by. Asked before a run makes anything; <see cref="Run"/> is called when there is
    /// nothing. What the options alone tell, their attributes say, and <see cref="IValidatableObject"/>.
    /// </summary>
    /// <param name="options">Validated options.</param>
    /// <param name="model">The model, on the device, in train mode. It is left as it is.</param>
    /// <param name="tokenizer">The tokenizer, or null when the run has none.</param>
    /// <param name="data">The data.</param>
    /// <returns>Sentences that go on from the options they name, each with the way out; all there are.</returns>
    IEnumerable<ValidationResult> Validate(TOptions options, TModel model, ITokenizer? tokenizer, IRunData data) => [];

    /// <summary>
    /// What a trained model is measured by when the run is over: the same as <see cref="OptimizationSetup.ValidationBatches"/> and
    /// <see cref="OptimizationSetup.ValidationLoss"/> while it lasted, so that <c>tenon eval</c> reports what the run's
    /// validations did. A strategy that sets either implements this.
    /// </summary>
    /// <param name="options">Validated options.</param>
    /// <param name="evaluation">The model, and what it is measured on.</param>
    /// <returns>Null: the model's own loss on its own batches.</returns>
    ValidationSetup? Validation(TOptions options, IEvaluation<TModel> evaluation) => null;

    /// <inheritdoc/>
    Type IComponent.OptionsType => typeof(TOptions);

    /// <inheritdoc/>
    Type IStrategy.ModelType => typeof(TModel);

    /// <inheritdoc/>
    void IStrategy.Run(object options, IRun run, CancellationToken stop) => Run((TOptions)options, run.As<TModel>(), stop);

    /// <inheritdoc/>
    IEnumerable<ValidationResult> IStrategy.Validate(object options, IModel model, ITokenizer? tokenizer, IRunData data) =>
        Validate((TOptions)options, (TModel)model, tokenizer, data);

    /// <inheritdoc/>
    ValidationSetup? IStrategy.Validation(object options, IEvaluation evaluation) => Validation((TOptions)options, evaluation.As<TModel>());
}

/// <summary>
/// A strategy that reads examples of a kind itself (<see cref="IRunData.Examples"/>), whether or not the model makes
/// batches of them, and takes no other kind.
/// </summary>
/// <typeparam name="TExample">The kind of example.</typeparam>
public interface IReads<in TExample> where TExample : Example;

/// <summary>
/// A strategy that learns from examples of a kind alone, of which the model makes the batches
/// (<see cref="ICollate{TExample}"/>): models that make none of them, and other data, are refused before anything is loaded.
/// </summary>
/// <typeparam name="TExample">The kind of example.</typeparam>
public interface ILearnsFrom<in TExample> where TExample : Example;
