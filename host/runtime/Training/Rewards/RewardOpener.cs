using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;

namespace Tenon.Host.Training.Rewards;

/// <summary>Opens the rewards of a recipe.</summary>
/// <param name="components">Makes them.</param>
internal sealed class RewardOpener(ComponentFactory components)
{
    /// <summary>Opens. The caller disposes the result.</summary>
    /// <param name="choices">The rewards that a recipe names; null or none: null is the result.</param>
    /// <param name="context">Where paths start, and what opens models.</param>
    /// <exception cref="DataException">A file is missing or malformed.</exception>
    /// <exception cref="ModelException">A model cannot be opened, or cannot judge.</exception>
    public ComposedReward? Open(IReadOnlyList<RewardChoice>? choices, RewardContext context)
    {
        if (choices is not { Count: > 0 })
            return null;
        var parts = new List<RewardPart>();
        try
        {
            foreach ((int index, RewardChoice choice) in choices.Index())
            {
                Chosen<RewardHandle> reward = components.Reward(choice.Component);
                int same = choices.Take(index).Count(earlier => earlier.Component.Use == choice.Component.Use);
                string name = same == 0 ? choice.Component.Use : $"{choice.Component.Use}-{same + 1}";
                parts.Add(new RewardPart(name, choice.Weight, reward.Component.Open(reward.Options, context)));
            }

            return new ComposedReward(parts);
        }
        catch
        {
            new ComposedReward(parts).Dispose();
            throw;
        }
    }
}
