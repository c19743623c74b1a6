using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Tenon.Host.Evaluation;

/// <summary>A text that a model wrote, and what it is worth.</summary>
/// <param name="Prompt">What it started from.</param>
/// <param name="Response">What it wrote.</param>
/// <param name="Ended">Whether it ended by itself.</param>
/// <param name="Score">The reward's score.</param>
public sealed record JudgedText(string Prompt, string Response, bool Ended, double Score);

/// <summary>What <c>tenon judge</c> found.</summary>
public sealed record JudgingReport
{
    private const int Shown = 8;
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
    public required IReadOnlyList<JudgedText> Samples { get; init; }

    /// <summary>The report as JSON.</summary>
    public JsonNode ToJson() => JsonSerializer.SerializeToNode(this, Json)!;

    /// <summary>Shows figures, and the first texts.</summary>
    /// <param name="console">Where.</param>
    public void Show(IAnsiConsole console)
    {
        ArgumentNullException.ThrowIfNull(console);
        var table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumn("").AddColumn(new TableColumn("").RightAligned());
        Row("texts", $"{Texts}");
        Row("mean reward", Number(Reward, "0.000"));
        Row("negative", Number(Negative, "0.0 %"));
        Row("positive", Number(Positive, "0.0 %"));
        if (KlPerToken is { } divergence)
            Row("KL per token", Number(divergence, "0.0000"));
        Row("entropy per token", Number(Entropy, "0.000"));
        Row("distinct-1", Number(Distinct1, "0.000"));
        Row("distinct-2", Number(Distinct2, "0.000"));
        Row("tokens", Number(Tokens, "0.0"));
        Row("ended", Number(Ended, "0.0 %"));
        console.Write(table);
        foreach (JudgedText text in Samples.Take(Shown))
            console.Profile.Out.Writer.WriteLine($"{Number(text.Score, "+0.0;-0.0;0.0"),5}  {text.Prompt}|{text.Response.ReplaceLineEndings(" ")}");

        void Row(string name, string value) => table.AddRow(name, value);
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
