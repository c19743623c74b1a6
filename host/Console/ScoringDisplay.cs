using System.Globalization;
using Spectre.Console;
using Tenon.Host.Evaluation.Rewards;

namespace Tenon.Cli.Console;

/// <summary>Shows the scores of a language model's texts.</summary>
internal static class ScoringDisplay
{
    private const int Shown = 8;

    /// <summary>Shows the figures and the first texts.</summary>
    /// <param name="report">The figures.</param>
    /// <param name="console">Where to write.</param>
    public static void Show(this ScoringReport report, IAnsiConsole console)
    {
        Table table = Terminal.Figures();
        Row("texts", $"{report.Texts}");
        Row("mean reward", Number(report.Reward, "0.000"));
        Row("negative", Number(report.Negative, "0.0 %"));
        Row("positive", Number(report.Positive, "0.0 %"));
        if (report.KlPerToken is { } divergence)
            Row("KL per token", Number(divergence, "0.0000"));
        Row("entropy per token", Number(report.Entropy, "0.000"));
        Row("distinct-1", Number(report.Distinct1, "0.000"));
        Row("distinct-2", Number(report.Distinct2, "0.000"));
        Row("tokens", Number(report.Tokens, "0.0"));
        Row("ended", Number(report.Ended, "0.0 %"));
        console.WriteTable(table);
        foreach (ScoredText text in report.Samples.Take(Shown))
            console.Text().WriteLine($"{Number(text.Score, "+0.0;-0.0;0.0"),5}  " +
                $"{text.Prompt}|{text.Response.ReplaceLineEndings(" ")}");

        void Row(string name, string value) => table.AddRow(name, value);
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
