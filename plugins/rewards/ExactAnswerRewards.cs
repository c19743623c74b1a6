using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Tenon.Rewards;

/// <summary>Options of <c>exact-answer</c>.</summary>
public sealed record ExactAnswerOptions
{
    /// <summary>
    /// A .NET regular expression that finds the answer in a response: the first group of the last match, or the whole match if there
    /// is no group. The same in the answer of the data, if it matches there. By default, the whole text is the answer.
    /// </summary>
    [StringSyntax(StringSyntaxAttribute.Regex)]
    public string? Pattern { get; init; }

    /// <summary>Whether to ignore case.</summary>
    public bool IgnoreCase { get; init; }
}

/// <summary>Scores responses by the answer that the data has for the prompt.</summary>
[Reward("exact-answer", "1 for the answer of the data, 0 for any other; numbers may be written differently")]
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
