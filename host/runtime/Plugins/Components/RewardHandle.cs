namespace Tenon.Host.Plugins.Components;

/// <summary>A reward component with its option and outcome types hidden.</summary>
internal abstract class RewardHandle
{
    /// <summary>The kind of outcome that it judges.</summary>
    public abstract Type Judges { get; }

    /// <summary>Wraps a component.</summary>
    public static RewardHandle For(object component) =>
        Handle.Create<RewardHandle>(component, typeof(IRewardFactory<,>), typeof(RewardHandle<,>));

    /// <summary>Makes the reward, which the caller disposes when it is <see cref="IDisposable"/>.</summary>
    public abstract IReward<Outcome> Open(object options, RewardContext context);
}

/// <inheritdoc/>
internal sealed class RewardHandle<TOptions, TOutcome>(IRewardFactory<TOptions, TOutcome> factory) : RewardHandle
    where TOptions : class, new()
    where TOutcome : Outcome
{
    public override Type Judges => typeof(TOutcome);

    public override IReward<Outcome> Open(object options, RewardContext context) => new OfAnyOutcome(factory.Open((TOptions)options, context));

    // Refuses what the reward cannot judge, where types could not tell beforehand.
    private sealed class OfAnyOutcome(IReward<TOutcome> reward) : IReward<Outcome>, IDisposable
    {
        public IReadOnlyList<double> Score(IReadOnlyList<Outcome> outcomes) => reward.Score([.. outcomes.Select(outcome => outcome as TOutcome
            ?? throw new ModelException($"The reward {reward.GetType().Name} judges {typeof(TOutcome).Name}, and was given {outcome.GetType().Name}. Choose a reward for what the model does."))]);

        public void Dispose() => (reward as IDisposable)?.Dispose();
    }
}
