using System.Globalization;
using Tenon.Host.Artifacts.Metrics;

namespace Tenon.Host.Evaluation.Rewards;

/// <summary>A term in a sum of rewards.</summary>
/// <param name="Name">Its name in metrics.</param>
/// <param name="Weight">Factor on its score.</param>
/// <param name="Reward">The reward; disposed with the sum.</param>
internal sealed record RewardPart(string Name, double Weight, IReward Reward);

/// <summary>The weighted sum of a recipe's rewards. Owns them.</summary>
/// <param name="parts">At least one.</param>
internal sealed class ComposedReward(IReadOnlyList<RewardPart> parts) : IReward, IDisposable
{
    /// <inheritdoc/>
    public IReadOnlyList<double> Score(IReadOnlyList<Outcome> outcomes) => Score(outcomes, (_, _) => { });

    /// <summary>Returns the same sum, but records each term's unweighted mean score on every call. Does not own the terms.</summary>
    /// <param name="record">Receives the name and value of a metric.</param>
    public IReward Recording(Action<string, double> record) => new Recorded(this, record);

    /// <summary>Disposes the terms.</summary>
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
                    $"The reward '{part.Name}' returned {scores.Count(double.IsFinite)} finite scores for {outcomes.Count} outcomes. A " +
                    $"reward must return one finite score per outcome."));
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
