using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;
using Tenon.Cli.Plots;
using PlotStyle = Tenon.Cli.Plots.PlotStyle;

namespace Tenon.AttentionCost;

/// <summary>A curve of costs by image size.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Points">Image sizes and costs, from left to right.</param>
/// <param name="Exponent">The fitted exponent, which the legend shows; or null.</param>
internal sealed record CostCurve(string Name, IReadOnlyList<(int ImageSize, double Value)> Points, double? Exponent);

/// <summary>Costs by image size as an image with logarithmic axes, on which a power is a straight line.</summary>
internal static class CostPlot
{
    private static readonly Color[] _colors = [Color.FromHex("#dc2626"), Color.FromHex("#2563eb"), Color.FromHex("#059669")];

    /// <summary>Draws the image as PNG.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="quantity">Name of the vertical axis.</param>
    /// <param name="curves">The curves; those without points are left out.</param>
    /// <param name="bert">The cost of BERT's 512 tokens, as a line to compare with; or null.</param>
    public static byte[] Png(string title, string quantity, IReadOnlyList<CostCurve> curves, double? bert)
    {
        using var plot = new Plot();
        // After creating the plot, which sets up the resolvers.
        PlotFont.Use(plot);
        foreach ((int index, CostCurve curve) in curves.Index().Where(entry => entry.Item.Points.Count > 0))
        {
            Scatter line = plot.Add.Scatter(
                curve.Points.Select(point => Math.Log10(point.ImageSize)).ToArray(),
                curve.Points.Select(point => Math.Log10(point.Value)).ToArray(), _colors[index % _colors.Length]);
            line.LineWidth = 2.5f;
            line.MarkerSize = 9;
            line.LegendText = curve.Exponent is { } exponent
                ? string.Create(CultureInfo.InvariantCulture, $"{curve.Name} (exponent {exponent:F2})")
                : curve.Name;
        }

        if (bert is { } value)
        {
            HorizontalLine line = plot.Add.HorizontalLine(Math.Log10(value), 1.5f, PlotStyle.Faint, LinePattern.Dashed);
            line.LegendText = $"BERT's {TokenGrid.BertTokens} tokens";
        }

        PlotStyle.Apply(plot, title, "height and width of the image in pixels", quantity);
        int[] sizes = [.. curves.SelectMany(curve => curve.Points).Select(point => point.ImageSize).Distinct().Order()];
        plot.Axes.Bottom.SetTicks([.. sizes.Select(size => Math.Log10(size))], [.. sizes.Select(size => $"{size}²")]);
        double[] powers = [.. Enumerable.Range(-15, 31).Select(power => (double)power)];
        plot.Axes.Left.SetTicks(powers, [.. powers.Select(Power)]);
        plot.Axes.AutoScale();
        return plot.GetImageBytes(PlotStyle.Width, PlotStyle.Height, ImageFormat.Png);
    }

    // 0.001 … 1,000, and 10⁴ and 10⁻⁴ beyond.
    private static string Power(double power)
    {
        if (power is >= -3 and <= 3)
            return Math.Pow(10, power).ToString("#,0.###", CultureInfo.InvariantCulture);
        string digits = power.ToString(CultureInfo.InvariantCulture);
        return "10" + string.Concat(digits.Select(digit => digit == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit - '0']));
    }
}
