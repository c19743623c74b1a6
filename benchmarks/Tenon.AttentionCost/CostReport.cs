using System.Globalization;
using Spectre.Console;
using Tenon.Host.Artifacts;

namespace Tenon.AttentionCost;

/// <summary>Computes, measures and shows the cost of attention on images.</summary>
/// <param name="layer">The layer.</param>
/// <param name="sizes">Heights and widths of the images, in ascending order.</param>
/// <param name="timing">Measures; null to count only.</param>
/// <param name="console">Receives tables and progress.</param>
internal sealed class CostReport(Layer layer, IReadOnlyList<int> sizes, Timing? timing, IAnsiConsole console)
{
    private const double Million = 1e6;
    private const double Mebibyte = 1 << 20;
    private readonly Cost _bert = Count.Of(1, TokenGrid.BertTokens, layer);

    /// <summary>Shows the tables and writes the pictures.</summary>
    /// <param name="folder">The folder of the pictures.</param>
    public void Show(string folder)
    {
        var grids = Tokens.All.ToDictionary(
            tokens => tokens,
            tokens => sizes.Select(size => GridCost.Of(size, tokens.Of(size), layer)).ToArray());
        console.WriteLine($"One attention layer with hidden size {layer.Hidden} and {layer.Heads} heads.");
        Compare();
        Show("tokens", grids, row => Number(row.Grid.Count), null, _ => Number(TokenGrid.BertTokens));
        Show("multiply-adds between tokens, 10⁶", grids, row => Number(row.Cost.Pairs / Million), row => row.Cost.Pairs,
            _ => Number(_bert.Pairs / Million));
        Show("multiply-adds of the layer, 10⁶", grids, row => Number(row.Cost.MultiplyAdds / Million), row => row.Cost.MultiplyAdds,
            _ => Number(_bert.MultiplyAdds / Million));
        Show("memory of the attention weights, MiB", grids, row => Number(row.Cost.WeightBytes / Mebibyte),
            row => row.Cost.WeightBytes, _ => Number(_bert.WeightBytes / Mebibyte));
        Show("memory without the weights, MiB", grids, row => Number(row.Cost.StateBytes / Mebibyte), row => row.Cost.StateBytes,
            _ => Number(_bert.StateBytes / Mebibyte));
        Draw(folder, "multiply-adds", "Multiply-adds of one attention layer", "multiply-adds, 10⁶",
            Curves(grids, row => row.Cost.MultiplyAdds / Million), _bert.MultiplyAdds / Million);
        Draw(folder, "memory", "Memory of the attention weights in float32", "MiB",
            Curves(grids, row => row.Cost.WeightBytes / Mebibyte), _bert.WeightBytes / Mebibyte);
        if (timing is not null)
            Measure(folder, grids, timing);
    }

    private void Compare()
    {
        TokenGrid pixels = Tokens.All[0].Of(224);
        double pairs = (double)TokenGrid.BertTokens * TokenGrid.BertTokens;
        console.WriteLine(
            $"224 × 224 pixels are {pixels.Count:N0} tokens, {(double)pixels.Count / TokenGrid.BertTokens:N0} times BERT's " +
            $"{TokenGrid.BertTokens}, and {pixels.Pairs / pairs:N0} times its pairs.");
    }

    private void Measure(string folder, Dictionary<Tokens, GridCost[]> grids, Timing clock)
    {
        double bert = clock.Sequence(TokenGrid.BertTokens);
        List<CostCurve> curves = [];
        var table = NewTable($"time of a forward pass in float32 on {torch.get_num_threads()} threads, seconds");
        foreach ((Tokens tokens, var rows) in grids)
        {
            (IReadOnlyList<(int ImageSize, double Seconds)> measured, string? stopped) =
                clock.Of(rows, text => console.WriteLine($"{tokens.Name}, {text}"));
            if (stopped is not null)
                console.WriteLine($"{tokens.Name}: not measured further, {stopped}");
            double? exponent = Exponent.Fit(measured);
            var seconds = measured.ToDictionary(entry => entry.ImageSize, entry => entry.Seconds);
            table.AddRow([tokens.Name, .. sizes.Select(size => seconds.TryGetValue(size, out double found) ? Number(found) : ""),
                Shown(exponent)]);
            curves.Add(new CostCurve(tokens.Name, measured, exponent));
        }

        table.AddRow([$"BERT's {TokenGrid.BertTokens} tokens", Number(bert)]);
        console.Write(table);
        Draw(folder, "time", "Time of one attention layer", "seconds", curves, bert);
    }

    private void Show(
        string title, Dictionary<Tokens, GridCost[]> grids,
        Func<GridCost, string> cell, Func<GridCost, double>? value,
        Func<Cost, string> bert)
    {
        Table table = NewTable(title);
        foreach ((Tokens tokens, var rows) in grids)
        {
            double? exponent = value is null ? null : Exponent.Fit(rows.Select(row => (row.ImageSize, value(row))));
            table.AddRow([tokens.Name, .. rows.Select(cell), Shown(exponent)]);
        }

        table.AddRow([$"BERT's {TokenGrid.BertTokens} tokens", bert(_bert)]);
        console.Write(table);
    }

    private Table NewTable(string title)
    {
        Table table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(title)).AddColumn("");
        foreach (int size in sizes)
            table.AddColumn(new TableColumn($"{size}²").RightAligned());
        return table.AddColumn(new TableColumn("exponent").RightAligned());
    }

    private static CostCurve[] Curves(
        Dictionary<Tokens, GridCost[]> grids,
        Func<GridCost, double> value) =>
        [.. grids.Select(entry =>
        {
            (int, double)[] points = [.. entry.Value.Select(row => (row.ImageSize, value(row)))];
            return new CostCurve(entry.Key.Name, points, Exponent.Fit(points));
        })];

    private void Draw(string folder, string name, string title, string quantity, IReadOnlyList<CostCurve> curves, double bert)
    {
        string file = Path.Combine(folder, $"attention-{name}.png");
        Picture.Write(file, () => CostPlot.Png(title, quantity, curves, bert));
        console.WriteLine(file);
    }

    private static string Shown(double? exponent) => exponent?.ToString("F2", CultureInfo.InvariantCulture) ?? "";

    // Three digits.
    private static string Number(double value) => value switch
    {
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("F1", CultureInfo.InvariantCulture),
        >= 1 => value.ToString("F2", CultureInfo.InvariantCulture),
        _ => value.ToString("G3", CultureInfo.InvariantCulture),
    };
}
