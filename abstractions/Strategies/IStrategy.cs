using System.ComponentModel.DataAnnotations;

namespace Tenon;

/// <summary>
/// A training strategy with any options and required capability, as the host calls it. Plugins implement
/// <see cref="IStrategy{TOptions, TModel}"/>.
/// </summary>
public interface IStrategy : IComponent
{
    /// <summary>The capability that the model must have.</summary>
    Type ModelType { get; }

    /// <inheritdoc cref="IStrategy{TOptions, TModel}.Run"/>
    void Run(object options, IRun run, CancellationToken stop);

    /// <inheritdoc cref="IStrategy{TOptions, TModel}.Validate"/>
    IEnumerable<ValidationResult> Validate(object options, IModel model, ITokenizer? tokenizer, IRunData data);

    /// <inheritdoc cref="IStrategy{TOptions, TModel}.UsesReference"/>
    bool UsesReference(object options, IModel model) => false;

    /// <inheritdoc cref="IStrategy{TOptions, TModel}.BaseWeights"/>
    WeightFormat? BaseWeights(object options) => null;

    /// <inheritdoc cref="IStrategy{TOptions, TModel}.Validation"/>
    ValidationSetup? Validation(object options, IEvaluation evaluation);
}

/// <summary>
/// A training strategy. The class must have the attribute <see cref="StrategyAttribute"/>. It depends on a capability, never on an
/// architecture.
/// </summary>
/// <typeparam name="TOptions">The options that recipes set.</typeparam>
/// <typeparam name="TModel">
/// The capability that it needs: <see cref="IModel"/>, <see cref="IPromptTunable"/>, <see cref="IPolicy"/>, ….
/// </typeparam>
public interface IStrategy<in TOptions, in TModel> : IStrategy
    where TOptions : class, new()
    where TModel : IModel
{
    /// <summary>
    /// Trains the model, or only measures it if <see cref="IRun.Optimize"/> is never called. Reads like the pseudo-code of a
    /// paper: prepare, call <see cref="IRun.Optimize"/>, then <c>while (optimization.Next()) optimization.Step(...)</c>.
    /// Synchronous, because torch's gradient mode is per thread.
    /// </summary>
    /// <param name="options">Validated options.</param>
    /// <param name="run">Model, data, optimization, metrics.</param>
    /// <param name="stop">
    /// Cancelled when the user asks to stop. <see cref="IOptimization.Next"/> observes it. A strategy with long work between
    /// steps should observe it too, abandon the work, and call <see cref="IOptimization.Next"/>, which writes the checkpoint
    /// and throws. A resumed run repeats that work, so store it in <see cref="IRun.State"/> only when it is complete.
    /// </param>
    /// <exception cref="OperationCanceledException">Stopped; a checkpoint was written.</exception>
    void Run(TOptions options, IRun<TModel> run, CancellationToken stop);

    /// <summary>
    /// Validates options against the opened model and data: a label without a word, a pattern that matches no module. Called
    /// before the run creates anything; <see cref="Run"/> is called only if there are no errors. Rules about the options alone
    /// belong in their attributes or <see cref="IValidatableObject"/>.
    /// </summary>
    /// <param name="options">Validated options.</param>
    /// <param name="model">The model, on the device, in train mode. Not modified.</param>
    /// <param name="tokenizer">The tokenizer, or null if the run has none.</param>
    /// <param name="data">The data.</param>
    /// <returns>
    /// All errors. Each names its options as members; its message completes a sentence that starts with the option, and states
    /// how to fix the error.
    /// </returns>
    IEnumerable<ValidationResult> Validate(TOptions options, TModel model, ITokenizer? tokenizer, IRunData data) => [];

    /// <summary>
    /// Whether <see cref="Run"/> uses <see cref="IRun.Reference"/>, which is a second model in memory: a run that does not fit is
    /// refused before it begins.
    /// </summary>
    /// <param name="options">Validated options.</param>
    /// <param name="model">The model, perhaps on the meta device. Not modified.</param>
    bool UsesReference(TOptions options, TModel model) => false;

    /// <summary>
    /// Returns the format in which the run keeps the model's weights that <see cref="Run"/> freezes, if the options set one. The model
    /// is then built with <see cref="BuildContext.PackedOnly"/>. A model that does not support the format is refused before the run.
    /// </summary>
    /// <param name="options">Validated options.</param>
    /// <returns>Null to keep all weights as float32 parameters.</returns>
    WeightFormat? BaseWeights(TOptions options) => null;

    /// <summary>
    /// Specifies how to measure a model after the run: in the same way as with <see cref="OptimizationSetup.ValidationBatches"/> and
    /// <see cref="OptimizationSetup.ValidationLoss"/> during the run, so that <c>tenon eval</c> reports the same figures as the
    /// run's validations. Implement it if the strategy sets either.
    /// </summary>
    /// <param name="options">Validated options.</param>
    /// <param name="evaluation">The model and the data to measure it on.</param>
    /// <returns>Null for the model's own loss on its own batches.</returns>
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
    bool IStrategy.UsesReference(object options, IModel model) => UsesReference((TOptions)options, (TModel)model);

    /// <inheritdoc/>
    WeightFormat? IStrategy.BaseWeights(object options) => BaseWeights((TOptions)options);

    /// <inheritdoc/>
    ValidationSetup? IStrategy.Validation(object options, IEvaluation evaluation) => Validation((TOptions)options, evaluation.As<TModel>());
}

/// <summary>
/// A strategy that reads examples of one type itself (<see cref="IRunData.Examples"/>), whether or not the model can collate
/// them, and accepts no other type.
/// </summary>
/// <typeparam name="TExample">The type of example.</typeparam>
public interface IReads<in TExample> where TExample : Example;

/// <summary>
/// A strategy that learns only from one type of example, collated by the model (<see cref="ICollate{TExample}"/>). Models that
/// cannot collate it and data of another type are refused before anything is loaded.
/// </summary>
/// <typeparam name="TExample">The type of example.</typeparam>
public interface ILearnsFrom<in TExample> where TExample : Example;
