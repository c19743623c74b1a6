using ScottPlot;
using ScottPlot.Plottables;
using Tenon.Host.Evaluation;

namespace Tenon.Cli.Plots;

/// <summary>A confusion matrix as an image: darker cells have a larger share of the row's examples.</summary>
internal static class ConfusionPlot
{
    private const int MaxNumbered = 20;
    private const int Frame = 260;
    private static readonly Color Ink = Color.FromHex("#1f2937");

    /// <summary>Draws the image as PNG.</summary>
    /// <param name="title">Name of the run.</param>
    /// <param name="matrix">Counts.</param>
    public static byte[] Png(string title, ConfusionMatrix matrix)
    {
        int classes = matrix.Labels.Count;
        double[,] shares = new double[classes, classes];
        using var plot = new Plot();
        // After creating the plot, which sets up the resolvers.
        PlotFont.Use(plot);
        for (int row = 0; row < classes; row++)
        {
            long actual = Math.Max(1, matrix.Actual(row));
            for (int column = 0; column < classes; column++)
                shares[row, column] = matrix[row, column] / (double)actual;
        }

        Heatmap map = plot.Add.Heatmap(shares);
        map.Colormap = new ScottPlot.Colormaps.CustomInterpolated([Colors.White, Color.FromHex("#93c5fd"), Color.FromHex("#1d4ed8")]);
        map.ManualRange = new(0, 1);
        map.FlipVertically = false;
        if (classes <= MaxNumbered)
            AddNumbers(plot, matrix, shares);
        Style(plot, title, matrix.Labels);
        int side = Frame + Math.Clamp(classes * 48, 360, 1200);
        return plot.GetImageBytes(side, side, ImageFormat.Png);
    }

    // The first row of the heat map is at the top: row r is at height classes − 1 − r.
    private static void AddNumbers(Plot plot, ConfusionMatrix matrix, double[,] shares)
    {
        int classes = matrix.Labels.Count;
        for (int row = 0; row < classes; row++)
        {
            for (int column = 0; column < classes; column++)
            {
                if (matrix[row, column] == 0)
                    continue;
                Text number = plot.Add.Text(matrix[row, column].ToString(), column, classes - 1 - row);
                number.LabelAlignment = Alignment.MiddleCenter;
                number.LabelFontSize = 14;
                number.LabelFontColor = shares[row, column] > 0.6 ? Colors.White : Ink;
            }
        }
    }

    private static void Style(Plot plot, string title, IReadOnlyList<string> labels)
    {
        double[] places = [.. Enumerable.Range(0, labels.Count).Select(i => (double)i)];
        plot.Axes.Bottom.SetTicks(places, [.. labels]);
        plot.Axes.Left.SetTicks(places, [.. labels.Reverse()]);
        plot.Axes.Bottom.TickLabelStyle.Rotation = -45;
        plot.Axes.Bottom.TickLabelStyle.Alignment = Alignment.MiddleRight;
        plot.Axes.Bottom.MinimumSize = plot.Axes.Left.MinimumSize = 120;
        plot.Axes.Right.MinimumSize = 30;
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = labels.Count > 40 ? 9 : 14;
        plot.Title(title, 22);
        plot.XLabel("taken for", 17);
        plot.YLabel("class", 17);
        plot.Axes.Color(Ink);
        plot.Axes.Title.Label.Bold = plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
        plot.Axes.Left.Label.OffsetX = 10;
        plot.HideGrid();
        plot.Axes.SetLimits(-0.5, labels.Count - 0.5, -0.5, labels.Count - 0.5);
    }
}
