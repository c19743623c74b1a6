using ScottPlot;
using SkiaSharp;
using Tenon.Host.Inference.Images;

namespace Tenon.Cli.Plots;

/// <summary>Lets plots use the library's embedded font. ScottPlot keeps each typeface it is given.</summary>
internal sealed class PlotFont : IFontResolver
{
    private const string Name = "DejaVu Sans";
    private static readonly PlotFont Instance = new();
    private static readonly Lock Registration = new();

    /// <summary>Registers the font and sets it for a plot.</summary>
    /// <param name="plot">The plot.</param>
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
