using ScottPlot;
using SkiaSharp;
using Tenon.Host.Inference.Images;

namespace Tenon.Cli.Plots;

/// <summary>Lets plots use the font that the library carries. ScottPlot keeps each typeface that it is given.</summary>
internal sealed class PlotFont : IFontResolver
{
    private const string Name = "DejaVu Sans";
    private static readonly PlotFont Instance = new();
    private static readonly Lock Registration = new();

    /// <summary>Registers the font and makes it the one of a plot.</summary>
    /// <param name="plot">A plot whose texts use it from here on.</param>
    public static void Use(Plot plot)
    {
        lock (Registration)
        {
            if (!Fonts.FontResolvers.Contains(Instance))
                Fonts.FontResolvers.Insert(0, Instance);
        }

        plot.Font.Set(Name);
    }

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
        fontName == Name ? EmbeddedFont.Load() : null;

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => fontName == Name ? EmbeddedFont.Load() : null;
}
