using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Tenon.Rewards;

/// <summary>Which pattern is looked for.</summary>
public sealed record RegexOptions
{
    /// <summary>A regular expression of .NET.</summary>
    [Required, StringSyntax(StringSyntaxAttribute.Regex)]
    public string? Pattern { get; init; }

    /// <summary>Whether each occurrence counts 1; false: the score is 1 when there is one, else 0.</summary>
    public bool Count { get; init; }

    /// <summary>Whether case does not matter.</summary>
    public bool IgnoreCase { get; init; }
}

/// <summary>Scores responses by a pattern.</summary>
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
        // A second for each text: a pattern that backtracks without end is told, instead of stopping the run.
        private readonly Regex _pattern = new(
            options.Pattern!,
            options.IgnoreCase ? System.Text.RegularExpressions.RegexOptions.IgnoreCase : System.Text.RegularExpressions.RegexOptions.None,
            TimeSpan.FromSeconds(1));

        public IReadOnlyList<double> Score(IReadOnlyList<TextOutcome> outcomes) =>
            [.. outcomes.Select(outcome => options.Count ? _pattern.Count(outcome.Response) : _pattern.IsMatch(outcome.Response) ? 1.0 : 0.0)];
    }
}
