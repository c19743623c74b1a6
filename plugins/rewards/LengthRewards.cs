using System.ComponentModel.DataAnnotations;

namespace Tenon.Rewards;

/// <summary>What a length is counted in.</summary>
public enum LengthUnit
{
    /// <summary>What stands between white space.</summary>
    Words,

    /// <summary>UTF-16 units.</summary>
    Characters,
}

/// <summary>Which length is good.</summary>
public sealed record LengthOptions
{
    /// <summary>What is counted.</summary>
    public LengthUnit Unit { get; init; } = LengthUnit.Words;

    /// <summary>The best length, where the score is 0; it falls to both sides by 1 for each multiple of this. Null: the score is the length itself.</summary>
    [Range(1, 1_000_000)]
    public int? Target { get; init; }
}

/// <summary>Scores responses by their length.</summary>
[Reward("length", "The length of a response, or its distance from a wanted one")]
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
