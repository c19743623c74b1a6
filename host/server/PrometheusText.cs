using System.Globalization;
using System.Text;

namespace Tenon.Server;

/// <summary>
/// Writes metrics in Prometheus's text format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
/// </summary>
internal sealed class PrometheusText
{
    /// <summary>Content type of the format.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    /// <summary>Begins the samples of a metric.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">counter, gauge or histogram.</param>
    /// <param name="help">A sentence.</param>
    public void Family(string name, string type, string help) =>
        _text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    /// <summary>Writes a sample.</summary>
    public void Sample(string name, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(name).Append('{');
        for (int i = 0; i < labels.Length; i++)
            _text.Append(i > 0 ? "," : "").Append(labels[i].Name).Append("=\"").Append(Escape(labels[i].Value)).Append('"');
        _text.Append(CultureInfo.InvariantCulture, $"}} {value:R}\n");
    }

    /// <summary>Writes the samples of a histogram.</summary>
    public void Histogram(string name, Histogram histogram, (string Name, string Value) label)
    {
        (double[] bounds, long[] counts, double sum) = histogram.Read();
        long below = 0;
        foreach ((double bound, long count) in bounds.Zip(counts))
            Sample($"{name}_bucket", below += count, label, ("le", bound.ToString(CultureInfo.InvariantCulture)));
        long all = below + counts[^1];
        Sample($"{name}_bucket", all, label, ("le", "+Inf"));
        Sample($"{name}_sum", sum, label);
        Sample($"{name}_count", all, label);
    }

    /// <summary>The text so far.</summary>
    public override string ToString() => _text.ToString();

    private static string Escape(string value) =>
        value.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
}
