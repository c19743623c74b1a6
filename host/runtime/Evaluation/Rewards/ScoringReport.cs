using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Tenon.Host.Evaluation.Rewards;

/// <summary>A generated text and its score.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Response">The generated text.</param>
/// <param name="Ended">Whether it ended with the end-of-text token.</param>
/// <param name="Score">The reward's score.</param>
public sealed record ScoredText(string Prompt, string Response, bool Ended, double Score);

/// <summary>Result of <c>tenon judge</c>.</summary>
public sealed record ScoringReport
{
    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Number of texts.</summary>
    public required int Texts { get; init; }

    /// <summary>Mean score.</summary>
    public required double Reward { get; init; }

    /// <summary>Share of the texts whose score is below 0.</summary>
    public required double Negative { get; init; }

    /// <summary>Share of the texts whose score is above 0.</summary>
    public required double Positive { get; init; }

    /// <summary>Mean of log π − log π_ref over the generated tokens, in nats; null without a reference.</summary>
    public required double? KlPerToken { get; init; }

    /// <summary>Mean entropy of the sampling distributions, in nats.</summary>
    public required double Entropy { get; init; }

    /// <summary>Share of distinct words, distinct-1 (Li et al. 2016).</summary>
    public required double Distinct1 { get; init; }

    /// <summary>Share of distinct word pairs, distinct-2.</summary>
    public required double Distinct2 { get; init; }

    /// <summary>Mean number of generated tokens.</summary>
    public required double Tokens { get; init; }

    /// <summary>Share of the texts that ended with the end-of-text token.</summary>
    public required double Ended { get; init; }

    /// <summary>All texts.</summary>
    public required IReadOnlyList<ScoredText> Samples { get; init; }

    /// <summary>Returns the report as JSON.</summary>
    public JsonNode ToJson() => JsonSerializer.SerializeToNode(this, Json)!;
}
