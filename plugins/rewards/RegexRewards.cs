using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Tenon.Rewards;

/// <summary>Options of <c>regex</c>.</summary>
public sealed record RegexOptions
{
    /// <summary>A .NET regular expression.</summary>
    [Required, StringSyntax(StringSyntaxAttribute.Regex)]
    public string? Pattern { get; init; }

    /// <summary>Whether to score the number of matches. If false, the score is 1 if there is a match and 0 otherwise.</summary>
    public bool Count { get; init; }

    /// <summary>Whether to ignore case.</summary>
    public bool IgnoreCase { get; init; }
}

/// <summary>Scores responses with a regular expression.</summary>
[Reward("regex", "Whether, or how often, a response matches a pattern", TestSettings = ["pattern=a+", "count=true"])]
public sealed class RegexRewards : IRewardFactory<RegexOptions, TextOutcome>
{
    /// <inheritdoc/>
    public IReward<TextOutcome> Open(RegexOptions options, RewardContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new RegexReward(options);
    }

    private sealed class RegexReward(RegexOptions options) : IReward<TextOutcome>
    {
        private readonly Regex _pattern = TextPattern.Of(options.Pattern!, options.IgnoreCase);

        public IReadOnlyList<double> Score(IReadOnlyList<TextOutcome> outcomes) =>
            [.. outcomes.Select(
                outcome => options.Count ? _pattern.Count(outcome.Response) : _pattern.IsMatch(outcome.Response) ? 1.0 : 0.0)];
    }
}
