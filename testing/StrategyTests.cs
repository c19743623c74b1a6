using Tenon.Conformance;
using Xunit;

namespace Tenon.Testing;

/// <summary>The contract of a strategy as xUnit facts: inherit this class and pass the component.</summary>
/// <typeparam name="TOptions">The options of the component.</typeparam>
/// <typeparam name="TModel">The capability that the strategy needs.</typeparam>
public abstract class StrategyTests<TOptions, TModel> : Conformance<StrategySubject>
    where TOptions : class, new()
    where TModel : class, IModel
{
    /// <summary>The component.</summary>
    protected abstract IStrategy<TOptions, TModel> Strategy { get; }

    /// <summary>The component's options; null for the class's <see cref="ComponentAttribute.TestSettings"/>.</summary>
    protected virtual TOptions? Options => null;

    /// <summary>Builds a small model to train; null for the kit's language model and classifier.</summary>
    protected virtual Func<TModel>? Model => null;

    /// <inheritdoc/>
    protected override StrategySubject Subject() => StrategySubject.Of(Strategy, Options, Model);

    /// <summary>On a learnable toy task the loss of the last steps is lower than that of the first steps.</summary>
    [SkippableFact]
    public void The_loss_decreases() => Verify(StrategyChecks.Learns);

    /// <summary>Next is called until it returns false, and the model is saved.</summary>
    [SkippableFact]
    public void Runs_to_the_end() => Verify(StrategyChecks.Finishes);

    /// <summary>A stopped and resumed run ends with the same weights as an uninterrupted one, bit for bit.</summary>
    [SkippableFact]
    public void A_resumed_run_equals_the_uninterrupted_one() => Verify(StrategyChecks.Resumes);

    /// <summary>When cancelled, the run ends promptly with an OperationCanceledException and a checkpoint.</summary>
    [SkippableFact]
    public void Cancellation_is_honored() => Verify(StrategyChecks.Stops);

    /// <summary>Parameters that OptimizationSetup does not name stay unchanged, and some that it names change.</summary>
    [SkippableFact]
    public void Only_declared_parameters_change() => Verify(StrategyChecks.Declares);

    /// <summary>UsesReference is true if the run uses its reference model.</summary>
    [SkippableFact]
    public void A_reference_model_is_declared() => Verify(StrategyChecks.Reference);

    /// <summary>No tensor stays alive between steps.</summary>
    [SkippableFact]
    public void Does_not_leak_tensors() => Verify(StrategyChecks.Frees);

    /// <summary>After the run no linear map has a delta and the model has no prompt.</summary>
    [SkippableFact]
    public void Hooks_are_removed() => Verify(StrategyChecks.Resets);

    /// <summary>Validate does not modify the model.</summary>
    [SkippableFact]
    public void Validation_has_no_side_effects() => Verify(StrategyChecks.ChecksRequirements);

    /// <summary>Evaluation after the run gives the value of the last validation.</summary>
    [SkippableFact]
    public void Evaluation_equals_validation() => Verify(StrategyChecks.Validates);
}
