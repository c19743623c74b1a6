using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Tenon.Host.Artifacts.Metrics;

/// <summary>
/// <c>metrics.jsonl</c>: one JSON object per line, with <c>step</c> and the metrics of that step by name. Metrics that depend
/// on the clock are named <c>time/…</c>; all others of a resumed run equal those of an uninterrupted run.
/// </summary>
internal sealed class MetricsLog : IDisposable
{
    private const string StepName = "step";
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };
    private readonly FileStream stream;

    /// <summary>Opens the file for appending.</summary>
    /// <param name="path">The file; created if missing.</param>
    /// <param name="length">Bytes to keep; the rest is truncated.</param>
    /// <exception cref="CheckpointException">The kept part cannot be read, which would make the end of the run fail.</exception>
    public MetricsLog(string path, long length)
    {
        LogFile.CutOff(path, length, WholeLines);
        ReadAll(path);
        stream = LogFile.Append(path);
    }

    /// <summary>Bytes written so far.</summary>
    public long Length => stream.Length;

    /// <summary>Writes a line.</summary>
    /// <param name="step">The step of the metrics.</param>
    /// <param name="figures">Values by name. Non-finite values are written as strings, because JSON cannot represent them.</param>
    public void Write(long step, IReadOnlyDictionary<string, double> figures)
    {
        var line = new JsonObject { [StepName] = step };
        foreach ((string name, double value) in figures)
            line[name] = JsonSerializer.SerializeToNode(value, Json);
        stream.Write(JsonSerializer.SerializeToUtf8Bytes(line));
        stream.WriteByte((byte)'\n');
        stream.Flush();
    }

    /// <summary>Flushes to disk.</summary>
    public void Sync() => DiskFlush.File(stream);

    /// <summary>Closes the file.</summary>
    public void Dispose() => stream.Dispose();

    /// <summary>Reads one metric from a file, in the order of its lines.</summary>
    /// <param name="path">A <c>metrics.jsonl</c>.</param>
    /// <param name="name">Name of the metric.</param>
    public static IReadOnlyList<(long Step, double Value)> Read(string path, string name) =>
        ReadAll(path).TryGetValue(name, out var points) ? points : [];

    /// <summary>Reads all metrics from a file, each in the order of its lines; metrics are ordered by first occurrence.</summary>
    /// <param name="path">A <c>metrics.jsonl</c>.</param>
    /// <exception cref="CheckpointException">A line is not a JSON object with a step and numbers.</exception>
    public static OrderedDictionary<string, List<(long Step, double Value)>> ReadAll(string path)
    {
        var figures = new OrderedDictionary<string, List<(long Step, double Value)>>(StringComparer.Ordinal);
        foreach ((int index, string line) in File.ReadLines(path).Index())
        {
            OrderedDictionary<string, double> read = Line(path, index + 1, line);
            foreach ((string name, double value) in read.Where(figure => figure.Key != StepName))
            {
                if (!figures.TryGetValue(name, out List<(long Step, double Value)>? points))
                    figures.Add(name, points = []);
                points.Add(((long)read[StepName], value));
            }
        }

        return figures;
    }

    private static OrderedDictionary<string, double> Line(string path, int number, string text)
    {
        try
        {
            OrderedDictionary<string, double>? read = JsonSerializer.Deserialize<OrderedDictionary<string, double>>(text, Json);
            return read?.ContainsKey(StepName) is true ? read : throw new JsonException($"It has no '{StepName}'.");
        }
        catch (JsonException cause)
        {
            throw new CheckpointException($"Line {number} of '{path}' is not a JSON object with a '{StepName}' and numbers. " +
                "Remove the line, or delete the file; a resumed run then writes only new lines.", cause);
        }
    }

    private static long WholeLines(Stream stream)
    {
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Array.LastIndexOf(bytes, (byte)'\n') + 1;
    }
}
