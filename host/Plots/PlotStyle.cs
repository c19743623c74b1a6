using System.Globalization;
using ScottPlot;
using SkiaSharp;
using Tenon.Host.Inference.Images;

namespace Tenon.Cli.Plots;

/// <summary>The common style of plots.</summary>
internal static class PlotStyle
{
    /// <summary>Width in pixels.</summary>
    public const int Width = 1200;

    /// <summary>Height in pixels.</summary>
    public const int Height = 720;

    /// <summary>Text and axes.</summary>
    public static readonly Color Ink = Color.FromHex("#1f2937");

    /// <summary>Background elements.</summary>
    public static readonly Color Faint = Color.FromHex("#6b7280");

    private const float LegendSize = 15;
    private const float SmallTitleSize = 15;
    private static readonly double[] Digits = [1, 2, 5];

    /// <summary>Title, axes, grid, and a legend below the axes, where it does not hide a curve.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="title">Title above the plot.</param>
    /// <param name="x">Name of the horizontal axis.</param>
    /// <param name="y">Name of the vertical axis.</param>
    public static void Apply(Plot plot, string title, string x, string y)
    {
        Frame(plot, title, 22, 14);
        plot.XLabel(x, 17);
        plot.YLabel(y, 17);
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;

        Legend legend = plot.Legend;
        legend.FontSize = LegendSize;
        // The legend is clipped to its rows, and text is drawn above the middle of its row, higher still if the font has room for
        // accents, so a row only as high as its text would cut off letters. The symbol's height is the minimum height of a row.
        legend.SymbolHeight = 2 * LegendSize;
        legend.FontColor = Ink;
        legend.OutlineWidth = 0;
        legend.ShadowColor = Colors.Transparent;
        legend.BackgroundColor = Colors.Transparent;
        legend.Orientation = Orientation.Horizontal;
        legend.TightHorizontalWrapping = true;
        legend.Padding = new PixelPadding(0, 0, 2, 2);
        legend.InterItemPadding = new PixelPadding(18, 18, 6, 6);
        plot.ShowLegend(Edge.Bottom);
        plot.Axes.Margins(0.02, 0.08);
        plot.Axes.Left.MinimumSize = 90;
        plot.Axes.Left.Label.OffsetX = 10;
        plot.Axes.Right.MinimumSize = 30;
    }

    /// <summary>The style of one of many small plots in an image: a title and ticks.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="title">Title above the plot, shortened if it is too wide.</param>
    /// <param name="value">Text after the title, which is never shortened.</param>
    /// <param name="width">Width of the plot in pixels.</param>
    public static void ApplySmall(Plot plot, string title, string value, int width)
    {
        using SKFont font = Font(SmallTitleSize);
        Frame(plot, FittedText.Of(title, font, width - font.MeasureText(value)) + value, SmallTitleSize, 12);
        plot.HideLegend();
        plot.Axes.Margins(0.03, 0.12);
    }

    /// <summary>Shows steps from 0 on the horizontal axis.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="last">The last step to show.</param>
    public static void ShowSteps(Plot plot, long last) => plot.Axes.SetLimitsX(0, last * 1.03 + 0.5);

    /// <summary>Returns the font of plots, for measuring text. The caller disposes it.</summary>
    /// <param name="size">Size in pixels.</param>
    public static SKFont Font(float size) => new(EmbeddedFont.Load(), size);

    private static void Frame(Plot plot, string title, float titleSize, float tickSize)
    {
        plot.FigureBackground.Color = Colors.White;
        plot.Title(title, titleSize);
        plot.Axes.Title.Label.ForeColor = Ink;
        plot.Axes.Title.Label.Bold = false;
        plot.Axes.Color(Ink);
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = tickSize;
        plot.Axes.Right.FrameLineStyle.Width = plot.Axes.Top.FrameLineStyle.Width = 0;
        plot.Grid.MajorLineColor = Colors.Black.WithAlpha(0.08);
    }

    /// <summary>Ticks of an axis whose positions are base-10 logarithms: 1, 2 and 5 times each power of ten.</summary>
    /// <param name="axis">The axis.</param>
    public static void Logarithmic(IAxis axis)
    {
        double[] ticks = [.. Enumerable.Range(-12, 25).SelectMany(power => Digits, (power, digit) => power + Math.Log10(digit))];
        axis.SetTicks(ticks, Array.ConvertAll(ticks, tick => TickText(Math.Pow(10, tick))));
    }

    // "1,000" instead of "1E+03".
    private static string TickText(double value) =>
        value.ToString(value is > 999 and < 1e6 ? "N0" : "G3", CultureInfo.InvariantCulture);
}
