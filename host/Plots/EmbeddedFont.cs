using ScottPlot;
using SkiaSharp;

namespace Tenon.Cli.Plots;

/// <summary>
/// The font of pictures, carried in the assembly: servers and containers often have none, and Skia then draws text as
/// empty boxes. DejaVu Sans, for its letters (Latin, Greek, Cyrillic) and its licence (LICENSE beside the font).
/// </summary>
internal sealed class EmbeddedFont : IFontResolver
{
    private const string Name = "DejaVu Sans";
    private static readonly EmbeddedFont Instance = new();
    private static readonly Lock Registration = new();

    /// <summary>Makes the font known and the one of a plot.</summary>
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
        fontName == Name ? Load() : null;

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => fontName == Name ? Load() : null;

    /// <summary>The font. ScottPlot keeps what it is given; others dispose it.</summary>
    public static SKTypeface Load()
    {
        using Stream font = typeof(EmbeddedFont).Assembly.GetManifestResourceStream("DejaVuSans.ttf")!;
        return SKTypeface.FromStream(font);
    }
}
