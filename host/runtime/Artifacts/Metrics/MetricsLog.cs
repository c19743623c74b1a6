using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Tenon.Host.Artifacts.Metrics;

/// <summary>
/// <c>metrics.jsonl</c>: a JSON object a line, with <c>step</c> and the figures of that step under their names. Figures
/// that depend on the clock are named <c>time/…</c>; the others of a resumed run equal those of an uninterrupted one.
/// </summary>
internal sealed class MetricsLog : IDisposable
{
    private const string StepName = "step";
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };
    private readonly FileStream stream;

    /// <summary>Opens the file to be written on.</summary>
    /// <param name="path">Made when missing.</param>
    /// <param name="length">Bytes to keep; what stands behind them is cut off.</param>
    /// <exception cref="CheckpointException">What is kept cannot be read: the run's end would fail on it.</exception>
    public MetricsLog(string path, long length)
    {
        LogFile.CutOff(path, length, WholeLines);
        ReadAll(path);
        stream = LogFile.Append(path);
    }

    /// <summary>Bytes written so far.</summary>
    public long Length => stream.Length;

    /// <summary>Writes a line.</summary>
    /// <param name="step">The step that the figures belong to.</param>
    /// <param name="figures">Values by name; ones that are not finite are written as strings, since JSON has no such numbers.</param>
    public void Write(long step, IReadOnlyDictionary<string, double> figures)
    {
        var line = new JsonObject { [StepName] = step };
        foreach ((string name, double value) in figures)
            line[name] = JsonSerializer.SerializeToNode(value, Json);
        stream.Write(JsonSerializer.SerializeToUtf8Bytes(line));
        stream.WriteByte((byte)'\n');
        stream.Flush();
    }

    /// <summary>Forces what was written to disk.</summary>
    public void Sync() => stream.Flush(flushToDisk: true);

    /// <summary>Closes the file.</summary>
    public void Dispose() => stream.Dispose();

    /// <summary>Reads one figure of a file back, in the order of its lines.</summary>
    /// <param name="path">A <c>metrics.jsonl</c>.</param>
    /// <param name="name">The figure's name.</param>
    public static IReadOnlyList<(long Step, double Value)> Read(string path, string name) => ReadAll(path).TryGetValue(name, out var points) ? points : [];

    /// <summary>Reads all figures of a file back, each in the order of its lines; the figures in the order in which they first occur.</summary>
    /// <param name="path">A <c>metrics.jsonl</c>.</param>
    /// <exception cref="CheckpointException">A line is no JSON object with a step and numbers.</exception>
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
            throw new CheckpointException($"Line {number} of '{path}' is no JSON object with a '{StepName}' and numbers. Take the line out, or delete the file: a resumed run then writes what comes from there on.", cause);
        }
    }

    private static long WholeLines(Stream stream)
    {
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Array.LastIndexOf(bytes, (byte)'\n') + 1;
    }
}
