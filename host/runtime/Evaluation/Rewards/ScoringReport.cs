using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Tenon.Host.Evaluation.Rewards;

/// <summary>A text that a model wrote, and what it is worth.</summary>
/// <param name="Prompt">What it started from.</param>
/// <param name="Response">What it wrote.</param>
/// <param name="Ended">Whether it ended by itself.</param>
/// <param name="Score">The reward's score.</param>
public sealed record ScoredText(string Prompt, string Response, bool Ended, double Score);

/// <summary>What <c>tenon judge</c> found.</summary>
public sealed record ScoringReport
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>How many texts were judged.</summary>
    public required int Texts { get; init; }

    /// <summary>Mean score.</summary>
    public required double Reward { get; init; }

    /// <summary>Share of the texts whose score is below 0.</summary>
    public required double Negative { get; init; }

    /// <summary>Share of the texts whose score is above 0.</summary>
    public required double Positive { get; init; }

    /// <summary>Mean of log π − log π_ref over the tokens written, in nats; null without a reference.</summary>
    public required double? KlPerToken { get; init; }

    /// <summary>Mean entropy of the distributions that the tokens were drawn from, in nats.</summary>
    public required double Entropy { get; init; }

    /// <summary>Share of the words that are different ones (Li et al. 2016).</summary>
    public required double Distinct1 { get; init; }

    /// <summary>Share of the pairs of words that are different ones.</summary>
    public required double Distinct2 { get; init; }

    /// <summary>Mean number of tokens written.</summary>
    public required double Tokens { get; init; }

    /// <summary>Share of the texts that ended by themselves.</summary>
    public required double Ended { get; init; }

    /// <summary>All texts.</summary>
    public required IReadOnlyList<ScoredText> Samples { get; init; }

    /// <summary>The report as JSON.</summary>
    public JsonNode ToJson() => JsonSerializer.SerializeToNode(this, Json)!;
}
