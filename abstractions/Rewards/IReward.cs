namespace Tenon;

/// <summary>Judges outcomes, whatever their kind: what strategies call. Plugins implement <see cref="IReward{TOutcome}"/>.</summary>
public interface IReward
{
    /// <inheritdoc cref="IReward{TOutcome}.Score"/>
    IReadOnlyList<double> Score(IReadOnlyList<Outcome> outcomes);
}

/// <summary>
/// Judges outcomes. Used by one thread at a time. The host disposes one that is <see cref="IDisposable"/> at the end of
/// the run.
/// </summary>
/// <typeparam name="TOutcome">What it judges; <see cref="Outcome"/> for one that judges several kinds.</typeparam>
public interface IReward<in TOutcome> : IReward where TOutcome : Outcome
{
    /// <summary>One score for each outcome, the higher the better. The same outcomes have the same scores on every call.</summary>
    /// <param name="outcomes">At least one.</param>
    /// <returns>Finite numbers, in the outcomes' order.</returns>
    /// <exception cref="ModelException">An outcome is of a kind that the reward cannot judge.</exception>
    IReadOnlyList<double> Score(IReadOnlyList<TOutcome> outcomes);

    /// <inheritdoc/>
    // Types do not always show beforehand that an outcome cannot be judged.
    IReadOnlyList<double> IReward.Score(IReadOnlyList<Outcome> outcomes) => Score([.. outcomes.Select(outcome => outcome as TOutcome
        ?? throw new ModelException($"The reward {GetType().Name} judges {typeof(TOutcome).Name}, and was given {outcome.GetType().Name}. Choose a reward for what the model does."))]);
}

/// <summary>Makes a reward of a recipe, whatever its options and outcomes: what the host calls. Plugins implement <see cref="IRewardFactory{TOptions, TOutcome}"/>.</summary>
public interface IRewardFactory : IComponent
{
    /// <summary>The kind of outcome that its rewards judge.</summary>
    Type OutcomeType { get; }

    /// <inheritdoc cref="IRewardFactory{TOptions, TOutcome}.Open"/>
    IReward Open(object options, RewardContext context);
}

/// <summary>Makes a reward of a recipe. The class carries <see cref="RewardAttribute"/>.</summary>
/// <typeparam name="TOptions">The options that recipes set.</typeparam>
/// <typeparam name="TOutcome">What it judges.</typeparam>
public interface IRewardFactory<in TOptions, in TOutcome> : IRewardFactory
    where TOptions : class, new()
    where TOutcome : Outcome
{
    /// <summary>Makes the reward.</summary>
    /// <param name="options">Validated options.</param>
    /// <param name="context">Where paths start, and what opens models.</param>
    /// <exception cref="DataException">A file is missing or malformed.</exception>
    /// <exception cref="ModelException">A model cannot be opened, or cannot judge.</exception>
    IReward<TOutcome> Open(TOptions options, RewardContext context);

    /// <inheritdoc/>
    Type IComponent.OptionsType => typeof(TOptions);

    /// <inheritdoc/>
    Type IRewardFactory.OutcomeType => typeof(TOutcome);

    /// <inheritdoc/>
    IReward IRewardFactory.Open(object options, RewardContext context) => Open((TOptions)options, context);
}

/// <summary>What the host gives a reward component.</summary>
/// <param name="BaseDirectory">The folder that relative paths in the recipe start from.</param>
/// <param name="Models">Opens model folders.</param>
public sealed record RewardContext(string BaseDirectory, IModelOpener Models);
