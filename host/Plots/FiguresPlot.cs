using System.Globalization;
using ScottPlot;
using Tenon.Cli.Console;
using Tenon.Host.Artifacts;
using Tenon.Host.Artifacts.Metrics;

namespace Tenon.Cli.Plots;

/// <summary>What strategy and rewards recorded in a run (reward, divergence, entropy, accuracy) as one picture: a panel for each figure.</summary>
internal static class FiguresPlot
{
    private const int PanelWidth = 460;
    private const int PanelHeight = 300;
    private const int MostColumns = 4;

    /// <summary>Draws <c>figures.png</c> from the run's <c>metrics.jsonl</c>; nothing when only the host recorded.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="progress">Told when this machine cannot draw.</param>
    public static void Draw(RunFolder run, ITrainingProgress progress)
    {
        (string Name, List<(long Step, double Value)> Points)[] figures = [.. MetricsLog.ReadAll(run.Metrics)
            .Where(figure => FigureNames.IsRecorded(figure.Key))
            .Select(figure => (figure.Key, figure.Value.Where(point => double.IsFinite(point.Value)).ToList()))
            .Where(figure => figure.Item2.Count > 0)];
        if (figures.Length > 0)
            Picture.TryWrite(run.FiguresPlot, () => Png(figures), progress.Say);
    }

    /// <summary>The picture as PNG.</summary>
    /// <param name="figures">Names and at least one finite point each, by step.</param>
    internal static byte[] Png(IReadOnlyList<(string Name, List<(long Step, double Value)> Points)> figures)
    {
        int columns = Math.Min(MostColumns, (int)Math.Ceiling(Math.Sqrt(figures.Count)));
        return PanelGrid.Png(figures, columns, PanelWidth, PanelHeight, (plot, figure) => Panel(plot, figure.Name, figure.Points));
    }

    private static void Panel(Plot plot, string name, List<(long Step, double Value)> points)
    {
        double last = LossPlot.AddTrain(plot, points, value => value);
        PlotStyle.ApplySmall(plot, string.Create(CultureInfo.InvariantCulture, $"{name} ({last:G3})"));
        plot.Axes.AutoScale();
    }
}
