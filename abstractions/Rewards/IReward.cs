namespace Tenon;

/// <summary>Scores outcomes of any type, as strategies call it. Plugins implement <see cref="IReward{TOutcome}"/>.</summary>
public interface IReward
{
    /// <inheritdoc cref="IReward{TOutcome}.Score"/>
    IReadOnlyList<double> Score(IReadOnlyList<Outcome> outcomes);
}

/// <summary>
/// Scores outcomes. Used by one thread at a time. The host disposes a reward that is <see cref="IDisposable"/> at the end of the run.
/// </summary>
/// <typeparam name="TOutcome">The type of outcome that it scores; <see cref="Outcome"/> for several types.</typeparam>
public interface IReward<in TOutcome> : IReward where TOutcome : Outcome
{
    /// <summary>Computes one score per outcome; higher is better. Deterministic.</summary>
    /// <param name="outcomes">At least one.</param>
    /// <returns>Finite numbers, in the outcomes' order.</returns>
    /// <exception cref="ModelException">The reward cannot score an outcome of this type.</exception>
    IReadOnlyList<double> Score(IReadOnlyList<TOutcome> outcomes);

    /// <inheritdoc/>
    // The type of an outcome is not always known before the run.
    IReadOnlyList<double> IReward.Score(IReadOnlyList<Outcome> outcomes) => Score([.. outcomes.Select(outcome => outcome as TOutcome
        ?? throw new ModelException($"The reward {GetType().Name} scores {typeof(TOutcome).Name}, not {outcome.GetType().Name}. "
            + "Choose a reward for the model's type of outcome."))]);
}

/// <summary>
/// Creates rewards with any options and type of outcome, as the host calls it. Plugins implement
/// <see cref="IRewardFactory{TOptions, TOutcome}"/>.
/// </summary>
public interface IRewardFactory : IComponent
{
    /// <summary>The type of outcome that its rewards score.</summary>
    Type OutcomeType { get; }

    /// <inheritdoc cref="IRewardFactory{TOptions, TOutcome}.Open"/>
    IReward Open(object options, RewardContext context);
}

/// <summary>Creates the reward of a recipe. The class must have the attribute <see cref="RewardAttribute"/>.</summary>
/// <typeparam name="TOptions">The options that recipes set.</typeparam>
/// <typeparam name="TOutcome">The type of outcome that it scores.</typeparam>
public interface IRewardFactory<in TOptions, in TOutcome> : IRewardFactory
    where TOptions : class, new()
    where TOutcome : Outcome
{
    /// <summary>Creates the reward.</summary>
    /// <param name="options">Validated options.</param>
    /// <param name="context">Base folder of relative paths, and a way to open models.</param>
    /// <exception cref="DataException">A file is missing or malformed.</exception>
    /// <exception cref="ModelException">A model cannot be opened, or cannot score.</exception>
    IReward<TOutcome> Open(TOptions options, RewardContext context);

    /// <inheritdoc/>
    Type IComponent.OptionsType => typeof(TOptions);

    /// <inheritdoc/>
    Type IRewardFactory.OutcomeType => typeof(TOutcome);

    /// <inheritdoc/>
    IReward IRewardFactory.Open(object options, RewardContext context) => Open((TOptions)options, context);
}

/// <summary>The host's services for a reward component.</summary>
/// <param name="BaseDirectory">Base folder of relative paths in the recipe.</param>
/// <param name="Models">Opens model folders.</param>
public sealed record RewardContext(string BaseDirectory, IModelOpener Models);
