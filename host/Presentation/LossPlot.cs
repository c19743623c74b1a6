using ScottPlot;
using ScottPlot.Plottables;
using Tenon.Host.Artifacts;
using Tenon.Host.Metrics;

namespace Tenon.Host.Presentation;

/// <summary>A loss to compare with.</summary>
/// <param name="Label">What it is the loss of.</param>
/// <param name="Loss">Its value.</param>
public sealed record LossBaseline(string Label, double Loss);

/// <summary>The losses of a run as a picture: training faint and smoothed, validation as points, baselines as lines.</summary>
internal static class LossPlot
{
    private const int Width = 1200;
    private const int Height = 720;
    // From here on a logarithmic axis shows more than a linear one.
    private const double WideRange = 20;
    private static readonly double[] Digits = [1, 2, 5];
    private static readonly Color Train = Color.FromHex("#2563eb");
    private static readonly Color Held = Color.FromHex("#d97706");
    private static readonly Color Ink = Color.FromHex("#1f2937");
    private static readonly Color Faint = Color.FromHex("#6b7280");

    /// <summary>Draws <c>loss.png</c> from the run's <c>metrics.jsonl</c>; nothing before the first line.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="baselines">Losses to compare with.</param>
    /// <param name="progress">Told when this machine cannot draw.</param>
    public static void Draw(RunFolder run, IReadOnlyList<LossBaseline> baselines, ITrainingProgress progress)
    {
        List<(long Step, double Value)> train = Finite(MetricsLog.Read(run.Metrics, FigureNames.Loss));
        List<(long Step, double Value)> held = Finite(MetricsLog.Read(run.Metrics, FigureNames.ValidationLoss));
        if (train.Count == 0)
            return;
        Picture.TryWrite(run.LossPlot, () => Png(run.Name, train, held, baselines), progress.Say);
    }

    /// <summary>The picture as PNG.</summary>
    /// <param name="title">Name of the run.</param>
    /// <param name="train">Training loss by step, at least one point.</param>
    /// <param name="held">Validation loss by step.</param>
    /// <param name="baselines">Losses to compare with.</param>
    internal static byte[] Png(
        string title, IReadOnlyList<(long Step, double Value)> train, IReadOnlyList<(long Step, double Value)> held, IReadOnlyList<LossBaseline> baselines)
    {
        double[] values = [.. train.Concat(held).Select(point => point.Value)];
        bool logarithmic = values.Min() > 0 && values.Max() / values.Min() > WideRange;
        double Y(double value) => logarithmic ? Math.Log10(value) : value;

        using var plot = new Plot();
        // After the plot: making one sets the resolvers up.
        EmbeddedFont.Use(plot);
        AddTrain(plot, train, Y);
        if (held.Count > 0)
            AddHeld(plot, held, Y);
        double last = Math.Max(train[^1].Step, held.Count > 0 ? held[^1].Step : 0);
        foreach (LossBaseline baseline in baselines.Where(line => !logarithmic || line.Loss > 0))
            AddBaseline(plot, baseline, Y(baseline.Loss), last);

        Style(plot, title, logarithmic);
        plot.Axes.AutoScale();
        AxisLimits limits = plot.Axes.GetLimits();
        plot.Axes.SetLimits(0, last * 1.03 + 0.5, limits.Bottom, limits.Top);
        return plot.GetImageBytes(Width, Height, ImageFormat.Png);
    }

    private static void AddTrain(Plot plot, IReadOnlyList<(long Step, double Value)> train, Func<double, double> y)
    {
        double[] steps = [.. train.Select(point => (double)point.Step)];
        double[] smooth = Smooth([.. train.Select(point => point.Value)]);
        bool shown = train.Count > 2;
        Scatter raw = plot.Add.Scatter(steps, train.Select(point => y(point.Value)).ToArray(), shown ? Train.WithAlpha(0.28) : Train);
        raw.LineWidth = 1.2f;
        raw.MarkerSize = shown ? 0 : 8;
        raw.LegendText = shown ? "training" : $"training ({Wording.Loss(smooth[^1])})";
        if (!shown)
            return;
        Scatter line = plot.Add.Scatter(steps, smooth.Select(y).ToArray(), Train);
        line.LineWidth = 2.5f;
        line.MarkerSize = 0;
        line.LegendText = $"training, smoothed ({Wording.Loss(smooth[^1])})";
    }

    private static void AddHeld(Plot plot, IReadOnlyList<(long Step, double Value)> held, Func<double, double> y)
    {
        Scatter points = plot.Add.Scatter(held.Select(point => (double)point.Step).ToArray(), held.Select(point => y(point.Value)).ToArray(), Held);
        points.LineWidth = 1.5f;
        points.MarkerSize = held.Count > 60 ? 4 : 9;
        points.MarkerShape = MarkerShape.FilledCircle;
        points.LegendText = $"validation ({Wording.Loss(held[^1].Value)})";
    }

    private static void AddBaseline(Plot plot, LossBaseline baseline, double y, double last)
    {
        HorizontalLine line = plot.Add.HorizontalLine(y, 1.5f, Faint, LinePattern.Dashed);
        line.EnableAutoscale = true;
        line.ExcludeFromLegend = true;
        Text label = plot.Add.Text($"{baseline.Label} {Wording.Loss(baseline.Loss)}", last, y);
        label.LabelAlignment = Alignment.LowerRight;
        label.LabelFontColor = Faint;
        label.LabelFontSize = 15;
        label.OffsetY = -3;
    }

    private static void Style(Plot plot, string title, bool logarithmic)
    {
        plot.FigureBackground.Color = Colors.White;
        plot.Title(title, 22);
        plot.Axes.Title.Label.ForeColor = Ink;
        plot.Axes.Title.Label.Bold = false;
        plot.XLabel("step", 17);
        plot.YLabel(logarithmic ? "loss (logarithmic)" : "loss", 17);
        plot.Axes.Color(Ink);
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = 14;
        plot.Axes.Right.FrameLineStyle.Width = plot.Axes.Top.FrameLineStyle.Width = 0;
        plot.Grid.MajorLineColor = Colors.Black.WithAlpha(0.08);
        if (logarithmic)
        {
            // 1, 2 and 5 of each power of ten that a loss may have.
            double[] ticks = [.. Enumerable.Range(-12, 25).SelectMany(power => Digits, (power, digit) => power + Math.Log10(digit))];
            plot.Axes.Left.SetTicks(ticks, Array.ConvertAll(ticks, tick => Math.Pow(10, tick).ToString("G3")));
        }

        // Below the axes, where it hides neither a curve nor a baseline's label.
        Legend legend = plot.Legend;
        legend.FontSize = 15;
        legend.FontColor = Ink;
        legend.OutlineWidth = 0;
        legend.ShadowColor = Colors.Transparent;
        legend.BackgroundColor = Colors.Transparent;
        legend.Orientation = Orientation.Horizontal;
        legend.TightHorizontalWrapping = true;
        legend.Padding = new PixelPadding(0, 0, 8, 8);
        legend.InterItemPadding = new PixelPadding(18, 18, 6, 6);
        plot.ShowLegend(Edge.Bottom);
        plot.Axes.Margins(0.02, 0.08);
        plot.Axes.Left.MinimumSize = 90;
        plot.Axes.Left.Label.OffsetX = 10;
        plot.Axes.Right.MinimumSize = 30;
    }

    /// <summary>
    /// Mean over a window around each point, which unlike a running average does not lag behind. It narrows towards
    /// both ends, so that a steep start is not bent.
    /// </summary>
    internal static double[] Smooth(double[] values)
    {
        int reach = Math.Max(1, values.Length / 40);
        return Enumerable.Range(0, values.Length).Select(i =>
        {
            int before = Math.Min(reach, i);
            int after = Math.Min(before, values.Length - 1 - i);
            return values.AsSpan(i - before, before + 1 + after).ToArray().Average();
        }).ToArray();
    }

    private static List<(long Step, double Value)> Finite(IEnumerable<(long Step, double Value)> points) =>
        points.Where(point => double.IsFinite(point.Value)).ToList();
}
