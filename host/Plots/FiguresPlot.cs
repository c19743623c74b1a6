using System.Globalization;
using ScottPlot;
using Tenon.Host.Evaluation.Plots;

namespace Tenon.Cli.Plots;

/// <summary>
/// The metrics that strategy and rewards recorded in a run (reward, divergence, entropy, accuracy) as one image, a panel per
/// metric. All panels have the same horizontal axis, which makes events comparable across them.
/// </summary>
internal static class FiguresPlot
{
    private const int PanelWidth = 460;
    private const int PanelHeight = 300;
    private const int MaxColumns = 4;

    /// <summary>Draws the image as PNG.</summary>
    /// <param name="figures">At least one.</param>
    public static byte[] Png(IReadOnlyList<FigureCurve> figures)
    {
        int columns = Math.Min(MaxColumns, (int)Math.Ceiling(Math.Sqrt(figures.Count)));
        long last = figures.Max(figure => figure.Points[^1].Step);
        return PanelGrid.Png(figures, columns, PanelWidth, PanelHeight, (plot, figure) => Fill(plot, figure, last));
    }

    /// <summary>Draws a figure.</summary>
    /// <param name="plot">An empty plot.</param>
    /// <param name="figure">The figure.</param>
    /// <param name="lastStep">The last step of all figures.</param>
    internal static void Fill(Plot plot, FigureCurve figure, long lastStep)
    {
        double last = LossPlot.AddTrain(plot, figure.Points, value => value);
        PlotStyle.ApplySmall(plot, figure.Name, string.Create(CultureInfo.InvariantCulture, $" ({last:G3})"), PanelWidth);
        plot.Axes.AutoScale();
        PlotStyle.ShowSteps(plot, lastStep);
    }
}
