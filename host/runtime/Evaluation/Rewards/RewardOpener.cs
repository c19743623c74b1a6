using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Components;

namespace Tenon.Host.Evaluation.Rewards;

/// <summary>Opens the rewards of a recipe.</summary>
/// <param name="components">Creates components.</param>
internal sealed class RewardOpener(ComponentFactory components)
{
    /// <summary>Opens the rewards. The caller disposes the result.</summary>
    /// <param name="choices">The rewards of a recipe.</param>
    /// <param name="context">Base folder of relative paths, and a way to open models.</param>
    /// <returns>Null if the recipe has none.</returns>
    /// <exception cref="DataException">A file is missing or malformed.</exception>
    /// <exception cref="ModelException">A model cannot be opened, or cannot score.</exception>
    public ComposedReward? Open(IReadOnlyList<ComponentChoice> choices, RewardContext context)
    {
        if (choices.Count == 0)
            return null;
        var parts = new List<RewardPart>();
        try
        {
            foreach ((int index, ComponentChoice choice) in choices.Index())
            {
                Chosen<IRewardFactory> reward = components.Make<IRewardFactory>(choice);
                int same = choices.Take(index).Count(earlier => earlier.Use == choice.Use);
                string name = same == 0 ? choice.Use : $"{choice.Use}-{same + 1}";
                parts.Add(new RewardPart(name, choice.Options.GetValue("weight", 1.0), reward.Component.Open(reward.Options, context)));
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
