using ScottPlot;
using ScottPlot.Plottables;
using Tenon.Host.Artifacts;
using Tenon.Host.Metrics;

namespace Tenon.Host.Presentation;

/// <summary>A loss to compare with.</summary>
/// <param name="Label">What it is the loss of.</param>
/// <param name="Loss">Its value.</param>
/// <param name="Accuracy">Share of the targets that it predicts, where that is told; else null.</param>
public sealed record LossBaseline(string Label, double Loss, double? Accuracy = null);

/// <summary>The losses of a run as a picture: training faint and smoothed, validation as points, baselines as lines.</summary>
internal static class LossPlot
{
    // From here on a logarithmic axis shows more than a linear one.
    private const double WideRange = 20;
    private static readonly Color Train = Color.FromHex("#2563eb");
    private static readonly Color Held = Color.FromHex("#d97706");

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

        PlotStyle.Apply(plot, title, "step", logarithmic ? "loss (logarithmic)" : "loss");
        if (logarithmic)
            PlotStyle.Logarithmic(plot.Axes.Left);
        plot.Axes.AutoScale();
        AxisLimits limits = plot.Axes.GetLimits();
        plot.Axes.SetLimits(0, last * 1.03 + 0.5, limits.Bottom, limits.Top);
        return plot.GetImageBytes(PlotStyle.Width, PlotStyle.Height, ImageFormat.Png);
    }

    /// <summary>Draws a figure of training steps: faint as it is, and smoothed.</summary>
    /// <param name="plot">Where.</param>
    /// <param name="train">By step, at least one point.</param>
    /// <param name="y">From a value to its height.</param>
    /// <returns>The last value, smoothed where a smoothed curve is drawn.</returns>
    internal static double AddTrain(Plot plot, IReadOnlyList<(long Step, double Value)> train, Func<double, double> y)
    {
        double[] steps = [.. train.Select(point => (double)point.Step)];
        double[] smooth = Smooth([.. train.Select(point => point.Value)]);
        bool shown = train.Count > 2;
        Scatter raw = plot.Add.Scatter(steps, train.Select(point => y(point.Value)).ToArray(), shown ? Train.WithAlpha(0.28) : Train);
        raw.LineWidth = 1.2f;
        raw.MarkerSize = shown ? 0 : 8;
        raw.LegendText = shown ? "training" : $"training ({Wording.Loss(train[^1].Value)})";
        if (!shown)
            return train[^1].Value;
        Scatter line = plot.Add.Scatter(steps, smooth.Select(y).ToArray(), Train);
        line.LineWidth = 2.5f;
        line.MarkerSize = 0;
        line.LegendText = $"training, smoothed ({Wording.Loss(smooth[^1])})";
        return smooth[^1];
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
        HorizontalLine line = plot.Add.HorizontalLine(y, 1.5f, PlotStyle.Faint, LinePattern.Dashed);
        line.EnableAutoscale = true;
        line.ExcludeFromLegend = true;
        Text label = plot.Add.Text($"{baseline.Label} {Wording.Loss(baseline.Loss)}", last, y);
        label.LabelAlignment = Alignment.LowerRight;
        label.LabelFontColor = PlotStyle.Faint;
        label.LabelFontSize = 15;
        label.OffsetY = -3;
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
            double[] window = values[(i - before)..(i + 1 + after)];
            // A mean of equal numbers may be one bit beside them, which an axis that is scaled to its curve shows as a slope.
            return Math.Clamp(window.Average(), window.Min(), window.Max());
        }).ToArray();
    }

    private static List<(long Step, double Value)> Finite(IEnumerable<(long Step, double Value)> points) =>
        points.Where(point => double.IsFinite(point.Value)).ToList();
}
