using System.Globalization;
using Tenon.Host.Artifacts.Metrics;

namespace Tenon.Host.Evaluation.Rewards;

/// <summary>One reward of several.</summary>
/// <param name="Name">Its name in metrics.</param>
/// <param name="Weight">What its score is multiplied with.</param>
/// <param name="Reward">The reward; disposed with the sum.</param>
internal sealed record RewardPart(string Name, double Weight, IReward Reward);

/// <summary>The sum of a recipe's rewards, each times its weight. Owns them.</summary>
/// <param name="parts">At least one.</param>
internal sealed class ComposedReward(IReadOnlyList<RewardPart> parts) : IReward, IDisposable
{
    /// <inheritdoc/>
    public IReadOnlyList<double> Score(IReadOnlyList<Outcome> outcomes) => Score(outcomes, (_, _) => { });

    /// <summary>The same sum, which tells each part's mean score before weighting at every call. Owns nothing.</summary>
    /// <param name="record">Takes a figure's name and value.</param>
    public IReward Recording(Action<string, double> record) => new Recorded(this, record);

    /// <summary>Disposes the parts.</summary>
    public void Dispose()
    {
        foreach (RewardPart part in parts)
            (part.Reward as IDisposable)?.Dispose();
    }

    private double[] Score(IReadOnlyList<Outcome> outcomes, Action<string, double> record)
    {
        ArgumentOutOfRangeException.ThrowIfZero(outcomes.Count);
        var sum = new double[outcomes.Count];
        foreach (RewardPart part in parts)
        {
            IReadOnlyList<double> scores = part.Reward.Score(outcomes);
            if (scores.Count != outcomes.Count || !scores.All(double.IsFinite))
            {
                throw new ModelException(string.Create(CultureInfo.InvariantCulture,
                    $"The reward '{part.Name}' gave {scores.Count(double.IsFinite)} finite scores for {outcomes.Count} outcomes. A reward gives one finite number for each."));
            }

            record(FigureNames.Reward + part.Name, scores.Average());
            for (int i = 0; i < sum.Length; i++)
                sum[i] += part.Weight * scores[i];
        }

        return sum;
    }

    private sealed class Recorded(ComposedReward reward, Action<string, double> record) : IReward
    {
        public IReadOnlyList<double> Score(IReadOnlyList<Outcome> outcomes) => reward.Score(outcomes, record);
    }
}
