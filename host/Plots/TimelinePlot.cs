using ScottPlot;
using Tenon.Host.Planning.Simulation;

namespace Tenon.Cli.Plots;

/// <summary>A simulated step as an image: a row for each pipeline stage, with forward and backward passes and sums of gradients.</summary>
internal static class TimelinePlot
{
    private const double RowHeight = 0.8;
    private const int MostOutlined = 2000;
    private static readonly Color Forward = Color.FromHex("#93c5fd");
    private static readonly Color Backward = Color.FromHex("#2563eb");
    private static readonly Color Sums = Color.FromHex("#d97706");

    /// <summary>Draws the image as PNG.</summary>
    /// <param name="title">Title above the plot.</param>
    /// <param name="result">The simulated step.</param>
    public static byte[] Png(string title, SimulationResult result)
    {
        using var plot = new Plot();
        // After creating the plot, which sets up the resolvers.
        PlotFont.Use(plot);
        // Lines between thousands of bars would hide their colors.
        float line = result.Timeline.Count > MostOutlined ? 0 : 0.5f;
        int stages = 1 + result.Timeline.Max(entry => entry.Stage);
        foreach ((string name, Color color, Func<TimelineEntry, bool> isOf) in new (string, Color, Func<TimelineEntry, bool>)[]
            {
                ("forward", Forward, entry => entry.Task is { IsForward: true }),
                ("backward", Backward, entry => entry.Task is { IsForward: false }),
                ("sum of gradients", Sums, entry => entry.Task is null),
            })
        {
            Bar[] bars = [.. result.Timeline.Where(isOf).Select(entry => new Bar
            {
                Orientation = Orientation.Horizontal,
                Position = stages - 1 - entry.Stage,
                ValueBase = entry.Start,
                Value = entry.End,
                FillColor = color,
                LineColor = Colors.White,
                LineWidth = line,
                Size = RowHeight,
            })];
            if (bars.Length > 0)
                plot.Add.Bars(bars).LegendText = name;
        }

        PlotStyle.Apply(plot, title, "seconds", "stage");
        int step = Math.Max(1, (stages + 15) / 16);
        int[] shown = [.. Enumerable.Range(0, stages).Where(stage => stage % step == 0)];
        plot.Axes.Left.SetTicks([.. shown.Select(stage => stages - 1.0 - stage)], [.. shown.Select(stage => $"{stage + 1}")]);
        plot.Axes.SetLimits(0, result.Seconds * 1.01, -0.6, stages - 0.4);
        return plot.GetImageBytes(PlotStyle.Width, PlotStyle.Height, ImageFormat.Png);
    }
}
