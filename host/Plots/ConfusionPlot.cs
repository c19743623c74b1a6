using ScottPlot;
using ScottPlot.Plottables;
using SkiaSharp;
using Tenon.Host.Evaluation;
using Tenon.Host.Inference.Images;

namespace Tenon.Cli.Plots;

/// <summary>A confusion matrix as an image: darker cells have a larger share of the row's examples.</summary>
internal static class ConfusionPlot
{
    private const int MaxNumbered = 20;
    // Above this number of classes, labels are small.
    private const int MaxLargeLabels = 40;
    private const int TitleSize = 22;
    // In pixels: the widest label, an axis without its tick labels, the title, and the margins to the right of the matrix and below
    // the axis title.
    private const float WidestLabel = 260;
    private const float AxisSize = 60;
    private const float TitleHeight = 60;
    private const float RightMargin = 30;
    private const float EdgeMargin = 8;
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
        float labelSize = classes > MaxLargeLabels ? 9 : 14;
        using SKFont font = PlotStyle.Font(labelSize);
        string[] labels = [.. matrix.Labels.Select(label => FittedText.Of(label, font, WidestLabel))];
        float widest = labels.Max(label => font.MeasureText(label));
        // Labels below the matrix are rotated by 45°, so each is as high as its diagonal.
        PixelPadding margins = new(AxisSize + widest, RightMargin, AxisSize + (widest + labelSize) / MathF.Sqrt(2), TitleHeight);
        // Rows are at least as high as a rotated label.
        int side = Math.Max(Math.Clamp(classes * 48, 360, 1200), (int)(classes * labelSize * MathF.Sqrt(2)));
        int width = side + (int)(margins.Left + margins.Right);
        using SKFont titleFont = PlotStyle.Font(TitleSize);
        Style(plot, FittedText.Of(title, titleFont, side), labels, labelSize, margins);
        return plot.GetImageBytes(width, side + (int)(margins.Bottom + margins.Top), ImageFormat.Png);
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

    private static void Style(Plot plot, string title, string[] labels, float labelSize, PixelPadding margins)
    {
        double[] places = [.. Enumerable.Range(0, labels.Length).Select(i => (double)i)];
        plot.Axes.Bottom.SetTicks(places, labels);
        plot.Axes.Left.SetTicks(places, [.. labels.Reverse()]);
        plot.Axes.Bottom.TickLabelStyle.Rotation = -45;
        plot.Axes.Bottom.TickLabelStyle.Alignment = Alignment.MiddleRight;
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = labelSize;
        plot.Layout.Fixed(margins);
        // ScottPlot places the axis title below the tick labels, but measures them as if they were not rotated.
        plot.Axes.Bottom.MinimumSize = margins.Bottom - EdgeMargin;
        plot.Title(title, TitleSize);
        plot.XLabel("predicted class", 17);
        plot.YLabel("actual class", 17);
        plot.Axes.Color(Ink);
        plot.Axes.Title.Label.Bold = plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
        plot.HideGrid();
        plot.Axes.SetLimits(-0.5, labels.Length - 0.5, -0.5, labels.Length - 0.5);
    }
}
