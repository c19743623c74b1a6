using System.ComponentModel.DataAnnotations;

namespace Tenon.Rewards;

/// <summary>The unit of a length.</summary>
public enum LengthUnit
{
    /// <summary>Runs of characters between white space.</summary>
    Words,

    /// <summary>UTF-16 code units.</summary>
    Characters,
}

/// <summary>Which length is rewarded.</summary>
public sealed record LengthOptions
{
    /// <summary>The unit of the length.</summary>
    public LengthUnit Unit { get; init; } = LengthUnit.Words;

    /// <summary>
    /// The target length: the score is minus the distance from it, as a multiple of it. By default, the score is the length
    /// itself.
    /// </summary>
    [Range(1, 1_000_000)]
    public int? Target { get; init; }
}

/// <summary>Scores responses by their length.</summary>
[Reward("length", "The length of a response, or its distance from a target length")]
public sealed class LengthRewards : IRewardFactory<LengthOptions, TextOutcome>
{
    /// <inheritdoc/>
    public IReward<TextOutcome> Open(LengthOptions options, RewardContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new LengthReward(options);
    }

    private sealed class LengthReward(LengthOptions options) : IReward<TextOutcome>
    {
        public IReadOnlyList<double> Score(IReadOnlyList<TextOutcome> outcomes) => [.. outcomes.Select(outcome =>
        {
            double length = options.Unit == LengthUnit.Characters
                ? outcome.Response.Length
                : outcome.Response.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
            return options.Target is { } target ? -Math.Abs(length - target) / target : length;
        })];
    }
}
