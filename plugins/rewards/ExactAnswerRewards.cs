using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Tenon.Rewards;

/// <summary>Options of <c>exact-answer</c>.</summary>
public sealed record ExactAnswerOptions
{
    /// <summary>
    /// A .NET regular expression that extracts the answer from a response: the first group of the last match, or the whole match if
    /// there is no group. It is also applied to the data's answer, if it matches. By default, the whole text is the answer.
    /// </summary>
    [StringSyntax(StringSyntaxAttribute.Regex)]
    public string? Pattern { get; init; }

    /// <summary>Whether to ignore case.</summary>
    public bool IgnoreCase { get; init; }
}

/// <summary>Compares responses with the data's answers to the prompts.</summary>
[Reward("exact-answer", "1 if the response equals the data's answer, otherwise 0; different notations of a number are equal")]
public sealed class ExactAnswerRewards : IRewardFactory<ExactAnswerOptions, TextOutcome>
{
    /// <inheritdoc/>
    public IReward<TextOutcome> Open(ExactAnswerOptions options, RewardContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new ExactAnswerReward(options);
    }

    private sealed class ExactAnswerReward(ExactAnswerOptions options) : IReward<TextOutcome>
    {
        private readonly StringComparison _comparison = options.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        private readonly Regex? _pattern = options.Pattern is { } pattern ? TextPattern.Of(pattern, options.IgnoreCase) : null;

        public IReadOnlyList<double> Score(IReadOnlyList<TextOutcome> outcomes) => [.. outcomes.Select(Score)];

        private double Score(TextOutcome outcome)
        {
            string expected = outcome.Answer ?? throw new ModelException(
                $"The response to '{outcome.Prompt}' cannot be checked: the data has no answer for it. Use data of prompts with answers, " +
                "such as 'prompts' or 'arithmetic', or another reward.");
            return Find(outcome.Response) is { } found
                && AnswerText.Normalize(found).Equals(AnswerText.Normalize(Find(expected) ?? expected), _comparison) ? 1 : 0;
        }

        private string? Find(string text)
        {
            if (_pattern is null)
                return text;
            return _pattern.Matches(text).LastOrDefault() is { } match ? match.Groups[match.Groups.Count > 1 ? 1 : 0].Value : null;
        }
    }
}
