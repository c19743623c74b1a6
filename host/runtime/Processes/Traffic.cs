using System.Diagnostics;

namespace Tenon.Host.Processes;

/// <summary>What a process exchanged with others.</summary>
/// <param name="Seconds">Time in communication, which includes waiting for slower processes.</param>
/// <param name="Bytes">Bytes that a process sends at least; a ring sends exactly as many (Patarasuk and Yuan 2009).</param>
internal sealed record TrafficFigures(double Seconds, double Bytes)
{
    /// <summary>
    /// The share of the time of a step's passes in which this stage of a pipeline waited for others; null without a pipeline. With p
    /// stages of equal length and m micro-batches, it is (p − 1) / (m + p − 1) (Narayanan et al. 2021, section 2.2.1).
    /// </summary>
    public double? Bubble { get; init; }

    /// <summary>Nothing.</summary>
    public static TrafficFigures None { get; } = new(0, 0);

    /// <summary>Adds up what a process exchanged with two groups, of which at most one is a pipeline.</summary>
    public static TrafficFigures operator +(TrafficFigures one, TrafficFigures other) =>
        new(one.Seconds + other.Seconds, one.Bytes + other.Bytes) { Bubble = one.Bubble ?? other.Bubble };
}

/// <summary>Measures communication.</summary>
/// <param name="ranks">Number of processes.</param>
internal sealed class Traffic(int ranks)
{
    private long _ticks;
    private double _bytes;

    /// <summary>Communicates, and counts it.</summary>
    /// <param name="bytes">Size of the whole tensor of a reduce-scatter or an all-gather; an all-reduce is both.</param>
    /// <param name="communicate">Communicates.</param>
    public void Measure(long bytes, Action communicate)
    {
        long start = Stopwatch.GetTimestamp();
        communicate();
        _ticks += Stopwatch.GetTimestamp() - start;
        _bytes += (ranks - 1.0) / ranks * bytes;
    }

    /// <summary>Returns what was measured since the last call.</summary>
    public TrafficFigures Take()
    {
        var figures = new TrafficFigures(Stopwatch.GetElapsedTime(0, _ticks).TotalSeconds, _bytes);
        (_ticks, _bytes) = (0, 0);
        return figures;
    }
}
