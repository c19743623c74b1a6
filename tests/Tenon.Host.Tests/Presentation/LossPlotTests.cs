using SkiaSharp;
using Tenon.Host.Presentation;

namespace Tenon.Host.Tests.Presentation;

public sealed class LossPlotTests
{
    [Fact]
    public void Draws_curves_and_text_without_fonts_of_the_system()
    {
        byte[] png = LossPlot.Png("gpt-shakespeare", Curve(400, 10.8, 4.9), [(100, 6.7), (200, 5.6), (300, 5.2), (400, 5.1)],
            [new LossBaseline("uniform over the vocabulary", 10.82), new LossBaseline("token frequencies", 7.4)]);
        Keep("linear.png", png);
        using SKBitmap picture = SKBitmap.Decode(png);
        (picture.Width, picture.Height).Should().Be((1200, 720));
        // The title's letters are the only dark pixels in the top strip; missing fonts would leave hollow boxes or nothing.
        Dark(picture, 0, 45).Should().BeGreaterThan(300);
    }

    [Fact]
    public void A_wide_range_gets_a_logarithmic_axis()
    {
        byte[] png = LossPlot.Png("ddpm", Curve(300, 1.1, 0.02), [(150, 0.05), (300, 0.031)], []);
        Keep("logarithmic.png", png);
        png.Should().NotBeEmpty();
    }

    [Fact]
    public void A_single_point_is_a_plot_too() => LossPlot.Png("short", [(1, 2.0)], [], []).Should().NotBeEmpty();

    [Fact]
    public void Of_points_without_a_smoothed_curve_the_last_value_is_told()
    {
        using var plot = new ScottPlot.Plot();
        LossPlot.AddTrain(plot, [(10, 1.0), (20, 0.5)], value => value).Should().Be(0.5);
    }

    [Fact]
    public void Smoothing_starts_at_the_first_value_and_keeps_a_constant() =>
        LossPlot.Smooth(Enumerable.Repeat(0.4, 200).ToArray()).Should().OnlyContain(value => value == 0.4);

    private static List<(long Step, double Value)> Curve(int count, double from, double to)
    {
        var random = new SeededRandom(4);
        return Enumerable.Range(0, count)
            .Select(i => ((long)i + 1, to + (from - to) * Math.Exp(-i / (count * 0.14)) + to * 0.04 * random.NextNormal()))
            .ToList();
    }

    private static int Dark(SKBitmap picture, int top, int bottom)
    {
        int dark = 0;
        for (int y = top; y < bottom; y++)
        {
            for (int x = 0; x < picture.Width; x++)
            {
                SKColor color = picture.GetPixel(x, y);
                dark += color.Red + color.Green + color.Blue < 300 ? 1 : 0;
            }
        }

        return dark;
    }

    /// <summary>Beside the test assembly, for a person to look at.</summary>
    private static void Keep(string name, byte[] png) => File.WriteAllBytes(Path.Combine(AppContext.BaseDirectory, name), png);
}
