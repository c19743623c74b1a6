using Spectre.Console;
using Tenon.Host.Presentation;

namespace Tenon.Benchmarks;

/// <summary>Training: each model in fp32 and bf16, and the GPT as a plain loop.</summary>
internal static class TrainingSection
{
    private const int Steps = 4;

    /// <summary>Measures and shows.</summary>
    public static void Show(Settings settings)
    {
        (string Name, string Way, string Precision)[] ways =
        [
            .. Workloads.All.SelectMany(w => w.Name.StartsWith("gpt", StringComparison.Ordinal)
                ? [(w.Name, "plain", "fp32"), (w.Name, "direct", "fp32"), (w.Name, "direct", "bf16")]
                : new[] { (w.Name, "direct", "fp32"), (w.Name, "direct", "bf16") }),
        ];
        Measurements machine = settings.Measure(["machine/fp32", "machine/bf16"], 1);
        Measurements results = settings.Measure([.. ways.Select(way => string.Join('/', way.Name, way.Way, way.Precision))], Steps);

        Table table = Settings.Table(
            $"training, {settings.Threads} threads, medians of {settings.Rounds}; products reach {machine.Median("machine/fp32").PerSecond / 1e9:N0} GFLOP/s in fp32, {machine.Median("machine/bf16").PerSecond / 1e9:N0} in bf16",
            "model", "way", "a second", "ratio", "share of the products' peak", "peak memory");
        foreach ((string name, string unit, string description) in Workloads.All)
        {
            string? baseline = null;
            foreach ((_, string way, string precision) in ways.Where(w => w.Name == name))
            {
                string measured = string.Join('/', name, way, precision);
                CaseResult result = results.Median(measured);
                string share = result.FlopPerUnit > 0 ? $"{result.PerSecond * result.FlopPerUnit / machine.Median($"machine/{precision}").PerSecond:P0}" : "";
                table.AddRow(
                    baseline is null ? Markup.Escape(description) : "", way == "plain" ? $"plain TorchSharp, {precision}" : precision,
                    $"{result.PerSecond:N0} {unit}", $"{results.Ratio(measured, baseline ?? measured):F2}", share, Wording.Bytes(result.PeakBytes));
                baseline ??= measured;
            }
        }

        Settings.Show(table);
    }
}
