using ScottPlot;
using Tenon.Host.Planning;

namespace Tenon.Cli.Plots;

/// <summary>Memory of a GPU by part as stacked bars.</summary>
internal static class MemoryPlot
{
    private static readonly (string Name, Color Color, Func<MemoryParts, double> Bytes)[] Parts =
    [
        ("weights", Color.FromHex("#2563eb"), parts => parts.Weights),
        ("gradients", Color.FromHex("#d97706"), parts => parts.Gradients),
        ("optimizer state", Color.FromHex("#059669"), parts => parts.Optimizer),
        ("activations", Color.FromHex("#7c3aed"), parts => parts.Activations),
    ];

    /// <summary>Draws the image as PNG.</summary>
    /// <param name="title">Title above the plot.</param>
    /// <param name="bars">Name and memory of each bar, from left to right.</param>
    /// <param name="usable">Memory of a GPU that may be filled, drawn as a line, in bytes.</param>
    public static byte[] Png(string title, IReadOnlyList<(string Name, MemoryParts Memory)> bars, double usable)
    {
        using var plot = new Plot();
        // After creating the plot, which sets up the resolvers.
        PlotFont.Use(plot);
        double[] bottoms = new double[bars.Count];
        foreach ((string name, Color color, Func<MemoryParts, double> bytes) in Parts)
        {
            Bar[] stacked = [.. bars.Select((bar, index) => new Bar
            {
                Position = index,
                ValueBase = bottoms[index],
                Value = bottoms[index] += bytes(bar.Memory) / 1e9,
                FillColor = color,
                LineWidth = 0,
                Size = 0.7,
            })];
            plot.Add.Bars(stacked).LegendText = name;
        }

        ScottPlot.Plottables.HorizontalLine limit = plot.Add.HorizontalLine(usable / 1e9, 1.5f, PlotStyle.Faint, LinePattern.Dashed);
        limit.LegendText = "usable memory";
        limit.EnableAutoscale = true;
        PlotStyle.Apply(plot, title, "", "GB on each GPU");
        plot.Axes.Bottom.SetTicks([.. bars.Select((_, index) => (double)index)], [.. bars.Select(bar => bar.Name)]);
        plot.Axes.AutoScale();
        plot.Axes.SetLimitsY(0, plot.Axes.GetLimits().Top);
        return plot.GetImageBytes(PlotStyle.Width, PlotStyle.Height, ImageFormat.Png);
    }
}
