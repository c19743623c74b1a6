using SkiaSharp;
using Tenon.Cli.Plots;
using Tenon.Host.Evaluation;

namespace Tenon.Cli.Tests.Plots;

public sealed class ConfusionPlotTests
{
    // The color of a cell with all examples of its row.
    private static readonly SKColor Full = SKColor.Parse("#1d4ed8");

    [Theory]
    [InlineData("cat", 3)]
    [InlineData("a customer who asks where the parcel is, for the second time, without an answer", 3)]
    [InlineData("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", 12)]
    [InlineData("first line\nsecond line", 60)]
    [InlineData("class", 200)]
    public void Labels_of_any_length_fit_and_leave_the_cells_their_size(string label, int classes)
    {
        using SKBitmap picture = Draw(label, classes);
        using SKBitmap plain = Draw("x", classes);

        Border(picture).Should().OnlyContain(color => color == SKColors.White);
        double cells = Count(picture, Full) / (double)Count(plain, Full);
        cells.Should().BeInRange(0.97, 1.03);
        (picture.Width - plain.Width).Should().BeLessThanOrEqualTo(260);
    }

    [Fact]
    public void A_run_of_any_name_fits_above_the_matrix()
    {
        using SKBitmap picture = Draw("x", 2, new string('n', 300));

        Border(picture).Should().OnlyContain(color => color == SKColors.White);
    }

    private static SKBitmap Draw(string label, int classes, string title = "run")
    {
        var matrix = new ConfusionMatrix([.. Enumerable.Range(0, classes).Select(i => $"{label} {i}")]);
        for (int i = 0; i < classes; i++)
            matrix.Add(i, i);
        return SKBitmap.Decode(ConfusionPlot.Png(title, matrix));
    }

    private static IEnumerable<SKColor> Border(SKBitmap picture) =>
        Enumerable.Range(0, picture.Width).SelectMany(x => new[] { picture.GetPixel(x, 0), picture.GetPixel(x, picture.Height - 1) })
            .Concat(Enumerable.Range(0, picture.Height)
                .SelectMany(y => new[] { picture.GetPixel(0, y), picture.GetPixel(picture.Width - 1, y) }));

    private static int Count(SKBitmap picture, SKColor color) => picture.Pixels.Count(pixel => pixel == color);
}
