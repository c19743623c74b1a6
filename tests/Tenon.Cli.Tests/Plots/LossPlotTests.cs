using SkiaSharp;
using Tenon.Cli.Plots;
using Tenon.Host.Evaluation.Baselines;
using Tenon.Host.Evaluation.Plots;
using Tenon.Host.Inference.Images;

namespace Tenon.Cli.Tests.Plots;

public sealed class LossPlotTests
{
    [Fact]
    public void Draws_curves_and_text_without_fonts_of_the_system()
    {
        byte[] png = Png("gpt-shakespeare", Curve(400, 10.8, 4.9), [(100, 6.7), (200, 5.6), (300, 5.2), (400, 5.1)],
            new LossBaseline("uniform over the vocabulary", 10.82), new LossBaseline("token frequencies", 7.4));
        Keep("linear.png", png);
        using SKBitmap picture = SKBitmap.Decode(png);
        (picture.Width, picture.Height).Should().Be((1200, 720));
        // The title's letters are the only dark pixels in the top strip; missing fonts would leave hollow boxes or nothing.
        Count(picture, 0, 45, IsDark).Should().BeGreaterThan(300);
    }

    [Fact]
    public void A_wide_range_gets_a_logarithmic_axis()
    {
        byte[] png = Png("ddpm", Curve(300, 1.1, 0.02), [(150, 0.05), (300, 0.031)]);
        Keep("logarithmic.png", png);
        png.Should().NotBeEmpty();
    }

    [Fact]
    public void A_single_point_is_a_plot_too() => Png("short", [(1, 2.0)], []).Should().NotBeEmpty();

    [Fact]
    public void Letters_of_the_legend_are_whole()
    {
        byte[] png = Png("legend", [(1, 2.0), (2, 1.5)], []);
        Keep("legend.png", png);
        using SKBitmap picture = SKBitmap.Decode(png);
        // Behind the name of the axis there is only the legend.
        InkRows(picture, 0, 650).Should().BeGreaterThanOrEqualTo(Letters("training (1.5000)"));
    }

    [Fact]
    public void Letters_above_the_highest_baseline_are_whole()
    {
        byte[] png = LossPlot.Png(new LossCurves("ppo", "PPO loss", [(1, 0.1), (2, 0.2)], [(2, 4.3)], [new("unigram counts", 6.1)]));
        using SKBitmap picture = SKBitmap.Decode(png);
        // Right of the axis the second panel has the label first, and the dashes below it.
        InkRows(picture, 600, 482).Should().BeGreaterThanOrEqualTo(Letters("unigram counts 6.1000"));
    }

    [Fact]
    public void Quantities_that_are_not_the_same_have_panels_of_their_own()
    {
        List<(long Step, double Value)> train = Curve(120, 0.4, -0.02), held = [(60, 4.31), (120, 4.28)];
        LossBaseline[] baselines = [new("unigram counts", 6.1)];

        var curves = new LossCurves("ppo", "PPO loss", train, held, baselines);

        IReadOnlyList<LossPlot.Panel> panels = LossPlot.Panels(curves);

        panels.Select(panel => panel.Quantity).Should().Equal("PPO loss", "validation loss");
        panels[0].Should().BeEquivalentTo(new
        {
            Train = train,
            Held = Array.Empty<(long, double)>(),
            Baselines = Array.Empty<LossBaseline>()
        });
        panels[1].Should().BeEquivalentTo(new { Train = Array.Empty<(long, double)>(), Held = held, Baselines = baselines });
        byte[] png = LossPlot.Png(curves);
        Keep("panels.png", png);
        using SKBitmap picture = SKBitmap.Decode(png);
        (picture.Width, picture.Height).Should().Be((1200, 960));
        Count(picture, 0, 480, IsBlue).Should().BeGreaterThan(500);
        Count(picture, 480, 960, IsBlue).Should().Be(0);
    }

    [Fact]
    public void The_same_quantity_stays_on_one_axis()
    {
        List<(long Step, double Value)> train = Curve(10, 2, 1), held = [(10, 1.2)];
        LossBaseline[] baselines = [new("unigram counts", 6.1)];
        LossPlot.Panels(new LossCurves("run", null, train, held, baselines)).Should().ContainSingle().Which.Should()
            .Be(new LossPlot.Panel("loss", train, held, baselines));
    }

    [Fact]
    public void A_quantity_that_validation_does_not_measure_is_not_compared_with_baselines() =>
        LossPlot.Panels(new LossCurves("run", "PPO loss", [(1, 0.1)], [], [new("unigram counts", 6.1)])).Should().ContainSingle()
            .Which.Should().BeEquivalentTo(new { Quantity = "PPO loss", Baselines = Array.Empty<LossBaseline>() });

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

    private static byte[] Png(
        string title, IReadOnlyList<(long Step, double Value)> train, IReadOnlyList<(long Step, double Value)> held,
        params LossBaseline[] baselines) =>
        LossPlot.Png(new LossCurves(title, null, train, held, baselines));

    private static int Letters(string text)
    {
        using SKTypeface typeface = EmbeddedFont.Load();
        using var font = new SKFont(typeface, 15);
        font.MeasureText(text, out SKRect letters);
        return (int)Math.Round(letters.Height);
    }

    // Height of the first text below a row and right of a column.
    private static int InkRows(SKBitmap picture, int left, int top) => Enumerable.Range(top, picture.Height - top)
        .Select(y => Enumerable.Range(left, picture.Width - left).Any(x => IsInk(picture.GetPixel(x, y))))
        .SkipWhile(ink => !ink).TakeWhile(ink => ink).Count();

    private static int Count(SKBitmap picture, int top, int bottom, Func<SKColor, bool> counts) => Enumerable.Range(top, bottom - top)
        .Sum(y => Enumerable.Range(0, picture.Width).Count(x => counts(picture.GetPixel(x, y))));

    private static bool IsDark(SKColor color) => color.Red + color.Green + color.Blue < 300;

    // Gray, unlike the symbols and curves.
    private static bool IsInk(SKColor color) => color.Red < 200 && color.Blue - color.Red < 60;

    private static bool IsBlue(SKColor color) => color.Blue > 200 && color.Red < 100;

    /// <summary>Beside the test assembly, for a person to look at.</summary>
    private static void Keep(string name, byte[] png) => File.WriteAllBytes(Path.Combine(AppContext.BaseDirectory, name), png);
}
