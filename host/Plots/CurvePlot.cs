using ScottPlot;
using ScottPlot.Plottables;

namespace Tenon.Cli.Plots;

/// <summary>Curves with error bars as an image.</summary>
internal static class CurvePlot
{
    private static readonly Color[] Colors =
        [Color.FromHex("#2563eb"), Color.FromHex("#d97706"), Color.FromHex("#059669"), Color.FromHex("#dc2626"), Color.FromHex("#7c3aed"),
            PlotStyle.Faint, Color.FromHex("#0891b2"), Color.FromHex("#db2777")];

    /// <summary>The color of a curve.</summary>
    /// <param name="index">Its index in the figure.</param>
    public static Color ColorOf(int index) => Colors[index % Colors.Length];

    /// <summary>Draws the image as PNG.</summary>
    /// <param name="figure">The figure; non-finite points are omitted.</param>
    /// <param name="logarithmicY">Whether the vertical axis is logarithmic; all values must then be positive, without error bars.</param>
    public static byte[] Png(RunFigure figure, bool logarithmicY = false)
    {
        using var plot = new Plot();
        // After creating the plot, which sets up the resolvers.
        PlotFont.Use(plot);
        Fill(plot, figure, logarithmicY);
        return plot.GetImageBytes(PlotStyle.Width, PlotStyle.Height, ImageFormat.Png);
    }

    /// <summary>Draws the figure into a plot.</summary>
    /// <param name="plot">An empty plot whose font is set.</param>
    /// <param name="figure">The figure; non-finite points are omitted.</param>
    /// <param name="logarithmicY">Whether the vertical axis is logarithmic, as for <see cref="Png"/>.</param>
    public static void Fill(Plot plot, RunFigure figure, bool logarithmicY = false)
    {
        double X(double value) => figure.LogarithmicX ? Math.Log10(value) : value;
        double Y(double value) => logarithmicY ? Math.Log10(value) : value;

        foreach ((int index, Curve curve) in figure.Curves.Index())
        {
            CurvePoint[] points = [.. curve.Points.Where(point => double.IsFinite(X(point.X)) && double.IsFinite(point.Y))];
            Color color = ColorOf(index);
            double[] xs = [.. points.Select(point => X(point.X))];
            double[] ys = [.. points.Select(point => Y(point.Y))];
            Scatter line = plot.Add.Scatter(xs, ys, color);
            line.LineWidth = 2.5f;
            line.MarkerSize = 9;
            line.LegendText = curve.Name;
            if (points.All(point => point.Spread == 0))
                continue;
            ErrorBar spread = plot.Add.ErrorBar(xs, ys, [.. points.Select(point => point.Spread)]);
            spread.Color = color.WithAlpha(0.6);
        }

        PlotStyle.Apply(plot, figure.Title, figure.X, figure.Y);
        if (figure.LogarithmicX)
            PlotStyle.Logarithmic(plot.Axes.Bottom);
        else
            plot.Axes.Bottom.SetTicks(Places(figure), Array.ConvertAll(Places(figure), place => place.ToString("G4")));
        if (logarithmicY)
            PlotStyle.Logarithmic(plot.Axes.Left);
        plot.Axes.AutoScale();
    }

    private static double[] Places(RunFigure figure) =>
        [.. figure.Curves.SelectMany(curve => curve.Points).Select(point => point.X).Distinct().Order()];
}
