using System.Text.Json.Nodes;

namespace Tenon.Server.Runs;

/// <summary>A part of a run's metrics, which another process may be writing.</summary>
/// <param name="From">Where the part starts, in bytes.</param>
/// <param name="Next">Where the next part starts.</param>
/// <param name="Lines">Its lines: objects with <c>step</c> and values by name.</param>
internal sealed record MetricLines(long From, long Next, JsonArray Lines)
{
    private const int MostBytes = 4 << 20;

    /// <summary>Reads complete lines.</summary>
    /// <param name="file">Path of a <c>metrics.jsonl</c>; may be missing.</param>
    /// <param name="from">
    /// Where the last part ended. If no line starts there, because a resumed run has cut the file, the part starts at 0.
    /// </param>
    public static MetricLines Read(string file, long from)
    {
        if (!File.Exists(file))
            return new MetricLines(0, 0, []);
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (!StartsLine(stream, from))
            from = 0;
        stream.Position = from;
        var bytes = new byte[Math.Min(MostBytes, stream.Length - from)];
        ReadOnlySpan<byte> read = bytes.AsSpan(0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
        ReadOnlySpan<byte> whole = read[..(read.LastIndexOf((byte)'\n') + 1)];
        var lines = new JsonArray();
        foreach (Range line in whole.Split((byte)'\n'))
        {
            if (!whole[line].IsEmpty)
                lines.Add(JsonNode.Parse(whole[line]));
        }

        return new MetricLines(from, from + whole.Length, lines);
    }

    private static bool StartsLine(FileStream stream, long at)
    {
        if (at == 0 || at > stream.Length)
            return false;
        stream.Position = at - 1;
        return stream.ReadByte() == '\n';
    }
}
