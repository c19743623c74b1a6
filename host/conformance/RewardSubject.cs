using Tenon.Host.Native;

namespace Tenon.Conformance;

/// <summary>
/// A reward component with options. A model folder in the options need not exist: the kit's small model is opened instead, which is
/// a language model, a classifier with the classes <c>left</c> and <c>right</c>, and a reward model.
/// </summary>
public sealed class RewardSubject
{
    private readonly IRewardFactory _reward;
    private readonly object _options;
    private readonly string _folder;

    internal RewardSubject(IRewardFactory reward, object options, string? folder = null)
    {
        TorchRuntime.Prepare();
        (_reward, _options, _folder) = (reward, options, folder ?? Environment.CurrentDirectory);
    }

    /// <summary>Creates the test subject for a reward component.</summary>
    /// <typeparam name="TOptions">The options of the component.</typeparam>
    /// <typeparam name="TOutcome">The type of outcome that it scores.</typeparam>
    /// <param name="reward">The component.</param>
    /// <param name="options">Options; null for the class's <see cref="ComponentAttribute.TestSettings"/>.</param>
    /// <param name="folder">Base folder of relative paths; null for the working directory.</param>
    /// <exception cref="DeviceException">torch cannot be loaded.</exception>
    public static RewardSubject Of<TOptions, TOutcome>(IRewardFactory<TOptions, TOutcome> reward, TOptions? options = null,
        string? folder = null)
        where TOptions : class, new()
        where TOutcome : Outcome
    {
        ArgumentNullException.ThrowIfNull(reward);
        return new RewardSubject(reward, options ?? TestSettings.Bind(reward), folder);
    }

    /// <summary>Returns the reward. The caller disposes it.</summary>
    internal OpenedReward Open() => new(_reward.Open(_options, new RewardContext(_folder, new ToyModelOpener())));

    /// <summary>Outcomes to score, one list per type that the reward scores. A reward of several types may refuse some.</summary>
    /// <exception cref="NotApplicableException">The kit has no outcomes of its type.</exception>
    /// <exception cref="ModelException">The reward refuses all of them.</exception>
    internal IReadOnlyList<IReadOnlyList<Outcome>> Outcomes()
    {
        IReadOnlyList<Outcome>[] fitting = [.. ToyOutcomes.Kinds.Where(kind => _reward.OutcomeType.IsInstanceOfType(kind[0]))];
        if (fitting.Length == 0)
            throw new NotApplicableException($"The kit has no outcomes of type {_reward.OutcomeType.Name}; test the reward in the " +
                "plugin's own tests.");
        if (fitting.Length == 1)
            return fitting;
        using OpenedReward reward = Open();
        ModelException? refusal = null;
        var judged = new List<IReadOnlyList<Outcome>>();
        foreach (IReadOnlyList<Outcome> kind in fitting)
        {
            try
            {
                reward.Score(kind);
                judged.Add(kind);
            }
            catch (ModelException reason)
            {
                refusal = reason;
            }
        }

        return judged.Count > 0 ? judged : throw refusal!;
    }
}

/// <summary>Disposes a reward if it is disposable.</summary>
/// <param name="reward">The reward.</param>
internal sealed class OpenedReward(IReward reward) : IDisposable
{
    /// <summary>Scores outcomes.</summary>
    public IReadOnlyList<double> Score(IReadOnlyList<Outcome> outcomes) => reward.Score(outcomes);

    public void Dispose() => (reward as IDisposable)?.Dispose();
}
