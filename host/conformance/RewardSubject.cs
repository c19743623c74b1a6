using Tenon.Host.Native;

namespace Tenon.Conformance;

/// <summary>
/// A reward component with options. A model folder that the options name need not exist: it opens as the kit's own small
/// model, a language model, a classifier of the classes <c>left</c> and <c>right</c>, and a reward model in one.
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

    /// <summary>A reward component to be checked.</summary>
    /// <typeparam name="TOptions">Its options.</typeparam>
    /// <typeparam name="TOutcome">The type of outcome that it scores.</typeparam>
    /// <param name="reward">The component.</param>
    /// <param name="options">Options; null: the <see cref="ComponentAttribute.TestSettings"/> of its class.</param>
    /// <param name="folder">Where relative paths start; null: the working directory.</param>
    /// <exception cref="DeviceException">torch cannot be loaded.</exception>
    public static RewardSubject Of<TOptions, TOutcome>(IRewardFactory<TOptions, TOutcome> reward, TOptions? options = null, string? folder = null)
        where TOptions : class, new()
        where TOutcome : Outcome
    {
        ArgumentNullException.ThrowIfNull(reward);
        return new RewardSubject(reward, options ?? TestSettings.Bind(reward), folder);
    }

    /// <summary>The reward, which the caller disposes.</summary>
    internal OpenedReward Open() => new(_reward.Open(_options, new RewardContext(_folder, new ToyModelOpener())));

    /// <summary>Outcomes to judge, a list for each kind: those of its type. One that judges several kinds may refuse some.</summary>
    /// <exception cref="NotApplicableException">The kit has no outcomes of its type.</exception>
    /// <exception cref="ModelException">It refuses all of them.</exception>
    internal IReadOnlyList<IReadOnlyList<Outcome>> Outcomes()
    {
        IReadOnlyList<Outcome>[] fitting = [.. ToyOutcomes.Kinds.Where(kind => _reward.OutcomeType.IsInstanceOfType(kind[0]))];
        if (fitting.Length == 0)
            throw new NotApplicableException($"The kit has no outcomes of the type {_reward.OutcomeType.Name}; try it in a test of the plugin's own.");
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

/// <summary>A reward that is disposed whether or not it has anything to dispose.</summary>
/// <param name="reward">The reward.</param>
internal sealed class OpenedReward(IReward reward) : IDisposable
{
    /// <summary>Its scores.</summary>
    public IReadOnlyList<double> Score(IReadOnlyList<Outcome> outcomes) => reward.Score(outcomes);

    public void Dispose() => (reward as IDisposable)?.Dispose();
}
