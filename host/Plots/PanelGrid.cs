using ScottPlot;

namespace Tenon.Cli.Plots;

/// <summary>Several plots as one image, row by row.</summary>
internal static class PanelGrid
{
    /// <summary>Draws the image as PNG.</summary>
    /// <typeparam name="T">The content of a panel.</typeparam>
    /// <param name="panels">At least one.</param>
    /// <param name="columns">Panels per row.</param>
    /// <param name="width">Width of a panel in pixels.</param>
    /// <param name="height">Height of a panel in pixels.</param>
    /// <param name="draw">Draws a panel into an empty plot whose font is set.</param>
    public static byte[] Png<T>(IReadOnlyList<T> panels, int columns, int width, int height, Action<Plot, T> draw)
    {
        int rows = (panels.Count + columns - 1) / columns;
        var picture = new Multiplot();
        picture.AddPlots(panels.Count);
        picture.Layout = new ScottPlot.MultiplotLayouts.Grid(rows, columns);
        foreach ((int index, T panel) in panels.Index())
        {
            Plot plot = picture.GetPlot(index);
            // After creating the plots, which sets up the resolvers.
            PlotFont.Use(plot);
            draw(plot, panel);
        }

        return picture.Render(columns * width, rows * height).GetImageBytes(ImageFormat.Png);
    }
}
