using Spectre.Console;
using Tenon.Cli.Console;

namespace Tenon.Benchmarks;

/// <summary>Training: each model in fp32 and bf16, and the GPT as a plain loop.</summary>
internal static class TrainingSection
{
    private const int Steps = 4, StepsOfGpu = 40;

    /// <summary>Measures and shows the results.</summary>
    public static void Show(Settings settings)
    {
        string[] precisions = settings.Device == "cpu" ? ["fp32", "bf16"] : ["fp32", "tf32", "bf16"];
        (string Name, string Way, string Precision)[] variants =
        [
            .. Workloads.On(settings.Device)
            .SelectMany(w => (w.Name.StartsWith("gpt", StringComparison.Ordinal) ? new[] { (w.Name, "plain", "fp32") } : [])
                .Concat(precisions.Select(precision => (w.Name, "direct", precision)))),
        ];
        Measurements machine = settings.Measure([.. precisions.Select(precision => $"machine/{precision}")], 1);
        Measurements results = settings.Measure(
            [.. variants.Select(variant => string.Join('/', variant.Name, variant.Way, variant.Precision))],
            settings.Device == "cpu" ? Steps : StepsOfGpu);

        Table table = Settings.Table(
            $"training, {settings.Where}, medians of {settings.Rounds}; products reach " +
            $"{string.Join(", ", precisions.Select(p => $"{machine.Median($"machine/{p}").PerSecond / 1e9:N0} GFLOP/s in {p}"))}",
            "model", "variant", "per second", "ratio", "share of the products' peak", "peak memory");
        foreach ((string name, string unit, string description) in Workloads.On(settings.Device))
        {
            string? baseline = null;
            foreach ((_, string variant, string precision) in variants.Where(w => w.Name == name))
            {
                string measured = string.Join('/', name, variant, precision);
                CaseResult result = results.Median(measured);
                string share = result.FlopPerUnit > 0
                    ? $"{result.PerSecond * result.FlopPerUnit / machine.Median($"machine/{precision}").PerSecond:P0}"
                    : "";
                table.AddRow(
                    baseline is null ? Markup.Escape(description) : "", variant == "plain" ? $"plain TorchSharp, {precision}" : precision,
                    $"{result.PerSecond:N0} {unit}", $"{results.Ratio(measured, baseline ?? measured):F2}", share,
                    TextFormat.Bytes(result.PeakBytes));
                baseline ??= measured;
            }
        }

        Settings.Show(table);
    }
}
