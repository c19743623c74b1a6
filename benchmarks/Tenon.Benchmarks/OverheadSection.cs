using Spectre.Console;
using Tenon.Cli.Console;

namespace Tenon.Benchmarks;

/// <summary>The cost of host and plugins: the GPT as a plain loop, its step called directly, and the complete run.</summary>
internal static class OverheadSection
{
    private const int Steps = 10;

    /// <summary>Measures and shows the results.</summary>
    public static void Show(Settings settings)
    {
        (string Case, string Name)[] variants =
        [
            ("gpt-257/plain/fp32", "plain TorchSharp loop, torch's AdamW, fp32"),
            ("gpt-257/direct/fp32", "model and step called directly, fp32"),
            ("gpt-257/host/fp32", "through host and plugins, fp32"),
            ("gpt-257/direct/bf16", "model and step called directly, bf16"),
            ("gpt-257/host/bf16", "through host and plugins, bf16"),
        ];
        Measurements results = settings.Measure([.. variants.Select(variant => variant.Case)], Steps);
        Table table = Settings.Table(
            $"{Workloads.All[0].Description} and an end token, {settings.Threads} threads, medians of {settings.Rounds}", "variant",
            "tokens per second", "ratio", "peak memory");
        foreach ((string variant, string name) in variants)
        {
            CaseResult result = results.Median(variant);
            table.AddRow(
                Markup.Escape(name), $"{result.PerSecond:N0}", $"{results.Ratio(variant, variants[0].Case):F2}",
                TextFormat.Bytes(result.PeakBytes));
        }

        Settings.Show(table);
        AnsiConsole.WriteLine($"Host and plugins against the direct call: fp32 {Ratio("fp32"):F3}, bf16 {Ratio("bf16"):F3}.");

        double Ratio(string precision) => results.Ratio($"gpt-257/host/{precision}", $"gpt-257/direct/{precision}");
    }
}
