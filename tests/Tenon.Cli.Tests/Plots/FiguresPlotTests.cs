using ScottPlot;
using SkiaSharp;
using Tenon.Cli.Plots;
using Tenon.Host.Artifacts;
using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Evaluation.Plots;
using Tenon.Host.Events;

namespace Tenon.Cli.Tests.Plots;

public sealed class FiguresPlotTests : IDisposable
{
    private readonly RunFolder _run = RunFolder.Create(Directory.CreateTempSubdirectory("tenon-").FullName, "run");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_run.Path)!, recursive: true);

    [Fact]
    public void Draws_a_panel_for_each_figure_that_is_not_the_hosts()
    {
        using (var log = new MetricsLog(_run.Metrics, 0))
        {
            for (int step = 1; step <= 60; step++)
            {
                log.Write(step, new Dictionary<string, double>
                {
                    ["train/loss"] = 1.0 / step,
                    ["time/seconds"] = step,
                    ["reward/lexicon"] = Math.Tanh(step / 20.0),
                    ["ppo/kl"] = step / 30.0,
                    ["ppo/entropy"] = 4 - step / 60.0,
                    ["ppo/odd"] = double.NaN,
                });
            }
        }

        Draw();

        using SKBitmap picture = SKBitmap.Decode(_run.FiguresPlot);
        (picture.Width, picture.Height).Should().Be((2 * 460, 2 * 300));
        // Three panels of four have the curve's blue.
        int[] blue = [.. new[] { (0, 0), (460, 0), (0, 300), (460, 300) }.Select(corner => Blue(picture, corner.Item1, corner.Item2))];
        blue[..3].Should().OnlyContain(pixels => pixels > 200);
        blue[3].Should().Be(0);
    }

    [Fact]
    public void Draws_nothing_when_only_the_host_recorded()
    {
        using (var log = new MetricsLog(_run.Metrics, 0))
            log.Write(1, new Dictionary<string, double>
            {
                ["train/loss"] = 1,
                ["validation/loss"] = 2,
                ["best/loss"] = 3,
                ["time/seconds"] = 4
            });

        Draw();

        File.Exists(_run.FiguresPlot).Should().BeFalse();
    }

    [Fact]
    public void Every_panel_shows_the_same_steps()
    {
        (double Left, double Right)[] shown =
            [.. new[] { new FigureCurve("reward", [(1, 0.5), (200, 1)]), new FigureCurve("accuracy", [(50, 0.5), (100, 1)]) }
            .Select(figure =>
            {
                using var plot = new Plot();
                FiguresPlot.Fill(plot, figure, lastStep: 200);
                AxisLimits limits = plot.Axes.GetLimits();
                return (limits.Left, limits.Right);
            })];

        shown[0].Should().Be(shown[1]);
        shown[0].Left.Should().Be(0);
        shown[0].Right.Should().BeGreaterThan(200);
    }

    private void Draw() => new RunPlots(_run, new ScottPlots(),
        new RunEvents(happened => throw new InvalidOperationException($"{happened}"))).Metrics(null, []);

    private static int Blue(SKBitmap picture, int x, int y) => Enumerable.Range(0, 460 * 300)
        .Select(i => picture.GetPixel(x + i % 460, y + i / 460)).Count(pixel => pixel.Blue > 200 && pixel.Red < 100);
}
