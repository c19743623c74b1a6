using System.Globalization;
using ScottPlot;
using Tenon.Host.Evaluation.Plots;

namespace Tenon.Cli.Plots;

/// <summary>
/// The metrics that strategy and rewards recorded in a run (reward, divergence, entropy, accuracy) as one image, a panel per
/// metric.
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
        return PanelGrid.Png(figures, columns, PanelWidth, PanelHeight, Panel);
    }

    private static void Panel(Plot plot, FigureCurve figure)
    {
        double last = LossPlot.AddTrain(plot, figure.Points, value => value);
        PlotStyle.ApplySmall(plot, string.Create(CultureInfo.InvariantCulture, $"{figure.Name} ({last:G3})"));
        plot.Axes.AutoScale();
    }
}
