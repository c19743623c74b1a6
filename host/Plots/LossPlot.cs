using ScottPlot;
using ScottPlot.Plottables;
using Tenon.Cli.Console;
using Tenon.Host.Evaluation.Baselines;
using Tenon.Host.Evaluation.Plots;

namespace Tenon.Cli.Plots;

/// <summary>
/// The losses of a run as an image: training raw (faint) and smoothed, validation as points, baselines as lines. If validation
/// measures a different quantity from the one that a step minimizes, each has its own panel and axis: on a shared axis, the gap
/// between them would look meaningful, and the one with the narrower range would be a flat line.
/// </summary>
internal static class LossPlot
{
    // Above this ratio, a logarithmic axis shows more than a linear one.
    private const double WideRange = 20;
    // Share of the axis that a baseline's label takes up, at the smaller of the two heights.
    private const double LabelRoom = 0.1;
    // Height of each of two panels; a single panel has the default height.
    private const int PanelHeight = 480;
    private static readonly Color Train = Color.FromHex("#2563eb");
    private static readonly Color Held = Color.FromHex("#d97706");

    /// <summary>Draws the plot as PNG.</summary>
    /// <param name="curves">Training loss has at least one point.</param>
    public static byte[] Png(LossCurves curves) => Png(curves.Title, Panels(curves));

    /// <summary>The contents of one axis.</summary>
    /// <param name="Quantity">Label of the axis.</param>
    /// <param name="Train">Training loss by step; may be empty.</param>
    /// <param name="Held">Validation loss by step; a panel has at least one point of either kind.</param>
    /// <param name="Baselines">Losses to compare with.</param>
    internal sealed record Panel(
        string Quantity, IReadOnlyList<(long Step, double Value)> Train, IReadOnlyList<(long Step, double Value)> Held,
        IReadOnlyList<LossBaseline> Baselines)
    {
        /// <summary>The last step with a value.</summary>
        public long Last => Train.Concat(Held).Max(point => point.Step);
    }

    /// <summary>Returns the panels of a run, from top to bottom.</summary>
    /// <param name="curves">Training loss has at least one point.</param>
    internal static IReadOnlyList<Panel> Panels(LossCurves curves) => (curves.Objective, curves.Validation) switch
    {
        (null, _) => [new Panel("loss", curves.Training, curves.Validation, curves.Baselines)],
        ({ } objective, []) => [new Panel(objective, curves.Training, [], [])],
        ({ } objective, _) =>
            [new Panel(objective, curves.Training, [], []), new Panel("validation loss", [], curves.Validation, curves.Baselines)],
    };

    /// <summary>Draws the image as PNG.</summary>
    /// <param name="title">Name of the run.</param>
    /// <param name="panels">At least one, from top to bottom.</param>
    private static byte[] Png(string title, IReadOnlyList<Panel> panels)
    {
        long last = panels.Max(panel => panel.Last);
        return PanelGrid.Png(
            panels, columns: 1, PlotStyle.Width, panels.Count > 1 ? PanelHeight : PlotStyle.Height,
            (plot, panel) => Fill(plot, panel == panels[0] ? title : "", panel, last));
    }

    private static void Fill(Plot plot, string title, Panel panel, long last)
    {
        double[] values = [.. panel.Train.Concat(panel.Held).Select(point => point.Value)];
        bool logarithmic = values.Min() > 0 && values.Max() / values.Min() > WideRange;
        double Y(double value) => logarithmic ? Math.Log10(value) : value;

        if (panel.Train.Count > 0)
            AddTrain(plot, panel.Train, Y);
        if (panel.Held.Count > 0)
            AddHeld(plot, panel.Held, Y);
        LossBaseline[] baselines = [.. panel.Baselines.Where(line => !logarithmic || line.Loss > 0)];
        foreach (LossBaseline baseline in baselines)
            AddBaseline(plot, baseline, Y(baseline.Loss), last);

        PlotStyle.Apply(plot, title, "step", logarithmic ? $"{panel.Quantity} (logarithmic)" : panel.Quantity);
        if (logarithmic)
            PlotStyle.Logarithmic(plot.Axes.Left);
        plot.Axes.AutoScale();
        AxisLimits limits = plot.Axes.GetLimits();
        double top = baselines.Select(baseline => Y(baseline.Loss) + LabelRoom * (limits.Top - limits.Bottom)).Append(limits.Top).Max();
        plot.Axes.SetLimitsY(limits.Bottom, top);
        PlotStyle.ShowSteps(plot, last);
    }

    /// <summary>Draws a metric of training steps, raw (faint) and smoothed.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="train">By step, at least one point.</param>
    /// <param name="y">Maps a value to its height.</param>
    /// <returns>The last value, smoothed if a smoothed curve is drawn.</returns>
    internal static double AddTrain(Plot plot, IReadOnlyList<(long Step, double Value)> train, Func<double, double> y)
    {
        double[] steps = [.. train.Select(point => (double)point.Step)];
        double[] smooth = Smooth([.. train.Select(point => point.Value)]);
        bool shown = train.Count > 2;
        Scatter raw = plot.Add.Scatter(steps, train.Select(point => y(point.Value)).ToArray(), shown ? Train.WithAlpha(0.28) : Train);
        raw.LineWidth = 1.2f;
        raw.MarkerSize = shown ? 0 : 8;
        raw.LegendText = shown ? "training" : $"training ({TextFormat.Loss(train[^1].Value)})";
        if (!shown)
            return train[^1].Value;
        Scatter line = plot.Add.Scatter(steps, smooth.Select(y).ToArray(), Train);
        line.LineWidth = 2.5f;
        line.MarkerSize = 0;
        line.LegendText = $"training, smoothed ({TextFormat.Loss(smooth[^1])})";
        return smooth[^1];
    }

    private static void AddHeld(Plot plot, IReadOnlyList<(long Step, double Value)> held, Func<double, double> y)
    {
        Scatter points = plot.Add.Scatter(
            held.Select(point => (double)point.Step).ToArray(), held.Select(point => y(point.Value)).ToArray(), Held);
        points.LineWidth = 1.5f;
        points.MarkerSize = held.Count > 60 ? 4 : 9;
        points.MarkerShape = MarkerShape.FilledCircle;
        points.LegendText = $"validation ({TextFormat.Loss(held[^1].Value)})";
    }

    private static void AddBaseline(Plot plot, LossBaseline baseline, double y, double last)
    {
        HorizontalLine line = plot.Add.HorizontalLine(y, 1.5f, PlotStyle.Faint, LinePattern.Dashed);
        line.EnableAutoscale = true;
        line.ExcludeFromLegend = true;
        Text label = plot.Add.Text($"{baseline.Label} {TextFormat.Loss(baseline.Loss)}", last, y);
        label.LabelAlignment = Alignment.LowerRight;
        label.LabelFontColor = PlotStyle.Faint;
        label.LabelFontSize = 15;
        label.OffsetY = -3;
    }

    /// <summary>
    /// Mean over a centered window, which unlike a running average does not lag. The window narrows at both ends, so that a
    /// steep start is not distorted.
    /// </summary>
    internal static double[] Smooth(double[] values)
    {
        int reach = Math.Max(1, values.Length / 40);
        return Enumerable.Range(0, values.Length).Select(i =>
        {
            int before = Math.Min(reach, i);
            int after = Math.Min(before, values.Length - 1 - i);
            double[] window = values[(i - before)..(i + 1 + after)];
            // The mean of equal numbers can differ from them by one bit, which would look like a slope on an axis scaled to the
            // curve.
            return Math.Clamp(window.Average(), window.Min(), window.Max());
        }).ToArray();
    }
}
