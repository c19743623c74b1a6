using System.Globalization;
using Spectre.Console;
using Tenon.Host.Planning;
using Tenon.Host.Planning.Published;
using Layout = Tenon.Host.Planning.Layout;

namespace Tenon.Cli.Console;

/// <summary>Shows published figures next to the program's, and scaling laws.</summary>
internal static class PublishedDisplay
{
    private const double DaysOfYear = 365.25;

    /// <summary>Writes all tables of published figures.</summary>
    /// <param name="console">Where to write.</param>
    /// <param name="figures">The figures.</param>
    public static void Show(IAnsiConsole console, PublishedFigures figures)
    {
        Times(console, figures.Times);
        Rows(console, figures.Rows);
        Utilizations(console, figures.Utilizations);
        Table table = Terminal.Table("figure", "published", "computed", "difference", "basis", "source").Title("cost, memory, utilization");
        foreach (PublishedFigure figure in figures.Figures)
        {
            table.AddTexts(
                figure.Claim, $"{Number(figure.Printed)} {figure.Unit}", $"{Number(figure.Computed)} {figure.Unit}",
                Signed(figure.Difference), figure.Basis, figure.Source);
        }

        console.WriteTable(table);
    }

    /// <summary>Writes what scaling laws recommend.</summary>
    /// <param name="console">Where to write.</param>
    /// <param name="flop">Operations.</param>
    /// <param name="sizes">Recommended sizes.</param>
    public static void Show(IAnsiConsole console, double flop, IReadOnlyList<OptimalSize> sizes)
    {
        Table table = Terminal.Table("law", "parameters", "tokens", "tokens per parameter", "loss, nats per token")
            .Title(string.Create(CultureInfo.InvariantCulture, $"compute-optimal sizes for {flop:0.###E+0} operations"));
        foreach (OptimalSize size in sizes)
        {
            table.AddTexts(size.Law, ClusterPlanDisplay.Large(size.Parameters), ClusterPlanDisplay.Large(size.Tokens),
                Number(size.Tokens / size.Parameters), size.Loss.ToString("0.000", CultureInfo.InvariantCulture));
        }

        console.WriteTable(table);
        console.Text().WriteLine("Each law holds for the data and tokenizer that it was fitted to, so losses of different laws cannot be " +
            "compared. Kaplan et al. count parameters without embeddings.");
    }

    private static void Times(IAnsiConsole console, IReadOnlyList<PublishedTime> times)
    {
        Table table = Terminal.Table("claim", "TFLOP/s behind it", "by 8TP/(nX)", "by operations", "own TFLOP/s", "own time")
            .Title("training times");
        foreach (PublishedTime time in times)
        {
            table.AddTexts(
                $"{time.Claim} ({time.Source})", Number(time.Teraflops), Days(time.DaysFromParameters), Days(time.DaysFromOperations),
                time.Estimate is { } estimate ? Number(estimate.FlopPerSecond / 1e12) : time.Missing!,
                time.EstimatedDays is { } days ? Days(days) : "");
        }

        console.WriteTable(table);
        console.Text().WriteLine("The third and fourth columns use the published speed. The own speed is the program's estimate for its " +
            "fastest layout,");
        console.Text().WriteLine("from the same assumptions for all rows, without ZeRO and with full recomputation.");
    }

    private static void Rows(IAnsiConsole console, IReadOnlyList<PublishedRow> rows)
    {
        Table table = Terminal.Table(
            "parameters", "published", "GPUs", "paper's layout", "TFLOP/s", "estimate", "fastest layout", "its estimate", "slowdown")
            .Title("Narayanan et al. 2021, table 1");
        foreach (PublishedRow row in rows)
        {
            table.AddTexts(
                $"{Number(row.Model.Parameters / 1e9)}B", $"{Number(row.PrintedBillions)}B", $"{row.Paper.Layout.Gpus:N0}",
                Short(row.Paper.Layout), Number(row.PrintedTeraflops), Number(row.Paper.FlopPerSecond / 1e12), Short(row.Best.Layout),
                Number(row.Best.FlopPerSecond / 1e12), row.Slowdown.ToString("0.00", CultureInfo.InvariantCulture));
        }

        console.WriteTable(table);
        console.Text().WriteLine("Estimates are in TFLOP/s of each GPU. The fastest layout was searched without ZeRO and with full " +
            "recomputation, as in the paper;");
        console.Text().WriteLine("slowdown is the estimated time of the paper's layout relative to it.");
    }

    private static void Utilizations(IAnsiConsole console, IReadOnlyList<PublishedUtilization> rows)
    {
        Table table = Terminal.Table("model", "MFU, published", "own MFU", "HFU, published", "HFU from that MFU", "layout")
            .Title("Korthikanti et al. 2022: sequence parallelism and selective recomputation");
        foreach (PublishedUtilization row in rows)
        {
            table.AddTexts(
                row.Model.Name, TextFormat.Share(row.PrintedModel), TextFormat.Share(row.Estimate.Utilization),
                TextFormat.Share(row.PrintedHardware), TextFormat.Share(row.ComputedHardware), Short(row.Estimate.Layout));
        }

        console.WriteTable(table);
    }

    private static string Short(Layout layout) =>
        $"d={layout.Data} t={layout.Tensor} p={layout.Pipeline} b={layout.MicroBatch} v={layout.Chunks}";

    private static string Days(double days) => days >= 2 * DaysOfYear ? $"{Number(days / DaysOfYear)} years" : $"{Number(days)} days";

    private static string Signed(double share) => share.ToString("+0.0 %;-0.0 %;0.0 %", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString(value < 1000 ? "0.##" : "N0", CultureInfo.InvariantCulture);
}
