using Tenon.Conformance;
using Xunit;

namespace Tenon.Testing;

/// <summary>What the contract asks of a strategy, as facts: inherit it once and give the component.</summary>
/// <typeparam name="TOptions">Its options.</typeparam>
/// <typeparam name="TModel">The capability that it needs.</typeparam>
public abstract class StrategyTests<TOptions, TModel> : Conformance<StrategySubject>
    where TOptions : class, new()
    where TModel : class, IModel
{
    /// <summary>The component.</summary>
    protected abstract IStrategy<TOptions, TModel> Strategy { get; }

    /// <summary>Its options; null: the <see cref="ComponentAttribute.TestSettings"/> of the class.</summary>
    protected virtual TOptions? Options => null;

    /// <summary>Builds a small model to train; null: the kit's own language model and classifier.</summary>
    protected virtual Func<TModel>? Model => null;

    /// <inheritdoc/>
    protected override StrategySubject Subject() => StrategySubject.Of(Strategy, Options, Model);

    /// <summary>On a learnable toy the loss of the last steps is below that of the first.</summary>
    [SkippableFact]
    public void The_loss_falls() => Keeps(StrategyChecks.Learns);

    /// <summary>Next is called until it says that nothing is left, and the artifact is there.</summary>
    [SkippableFact]
    public void Goes_to_the_end() => Keeps(StrategyChecks.Finishes);

    /// <summary>A run that was stopped and resumed ends with the same weights, bit for bit.</summary>
    [SkippableFact]
    public void A_resumed_run_equals_the_uninterrupted_one() => Keeps(StrategyChecks.Resumes);

    /// <summary>Asked to stop, it ends soon with an OperationCanceledException and a checkpoint.</summary>
    [SkippableFact]
    public void A_stop_is_honoured() => Keeps(StrategyChecks.Stops);

    /// <summary>Parameters that OptimizationSetup does not name stay as they were, and some that it names move.</summary>
    [SkippableFact]
    public void Only_declared_parameters_move() => Keeps(StrategyChecks.Declares);

    /// <summary>From step to step no tensor is left alive.</summary>
    [SkippableFact]
    public void Leaves_no_tensor_behind() => Keeps(StrategyChecks.Frees);

    /// <summary>After the run no delta is left on a linear map, and no prompt on the model.</summary>
    [SkippableFact]
    public void Takes_its_hooks_away() => Keeps(StrategyChecks.Resets);

    /// <summary>Asked what it objects to, it leaves the model as it was.</summary>
    [SkippableFact]
    public void Validation_changes_nothing() => Keeps(StrategyChecks.ChecksRequirements);

    /// <summary>Asked when the run is over, it gives what its last validation reported.</summary>
    [SkippableFact]
    public void Is_measured_as_it_validated() => Keeps(StrategyChecks.Validates);
}
