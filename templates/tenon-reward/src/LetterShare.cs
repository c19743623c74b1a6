using System.ComponentModel.DataAnnotations;
using Tenon;

[assembly: Plugin("template._1", "My reward")]

namespace Template._1;

/// <summary>Options of the reward, set in the <c>reward</c> section of a recipe.</summary>
public sealed record LetterOptions
{
    /// <summary>The letters to reward.</summary>
    [Required, MinLength(1)]
    public string Letters { get; init; } = "aeiou";

    /// <summary>Whether capital letters also count.</summary>
    public bool IgnoreCase { get; init; } = true;
}

/// <summary>Scores responses by the fraction of rewarded letters, from 0 to 1.</summary>
[Reward("template-1", "The fraction of given letters in a response", Stability = Stability.Experimental)]
public sealed class LetterShare : IRewardFactory<LetterOptions, TextOutcome>
{
    /// <inheritdoc/>
    public IReward<TextOutcome> Open(LetterOptions options, RewardContext context) => new Reward(options);

    private sealed class Reward(LetterOptions options) : IReward<TextOutcome>
    {
        private readonly StringComparison _comparison = options.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

        // A response may be empty, which gets the lowest score.
        public IReadOnlyList<double> Score(IReadOnlyList<TextOutcome> outcomes) => [.. outcomes.Select(outcome =>
            outcome.Response.Count(letter => options.Letters.Contains(letter, _comparison)) / (double)Math.Max(
                1, outcome.Response.Length))];
    }
}
