namespace Tenon.Host.Artifacts.Metrics;

/// <summary>Training throughput in units (tokens, examples) per second, and the remaining time.</summary>
internal sealed class Throughput
{
    // Long enough to smooth out garbage collections and other processes, short enough to follow a change.
    private const int Recent = 50;
    private readonly Queue<(double Seconds, long Units)> recent = new();

    /// <summary>Units in all recorded steps.</summary>
    public long Units { get; private set; }

    /// <summary>Seconds of all recorded steps.</summary>
    public double Seconds { get; private set; }

    /// <summary>Number of recorded steps.</summary>
    public long Steps { get; private set; }

    /// <summary>Units per second over all recorded steps; 0 before the first step.</summary>
    public double Mean => Seconds > 0 ? Units / Seconds : 0;

    /// <summary>
    /// Current units per second: the median of the last steps, which is robust against single slow steps; 0 before the first step.
    /// </summary>
    public double Now => Median(recent.Select(step => step.Units / step.Seconds));

    /// <summary>Records a step.</summary>
    /// <param name="seconds">Its duration, positive.</param>
    /// <param name="units">Units processed.</param>
    public void Add(double seconds, long units)
    {
        Units += units;
        Seconds += seconds;
        Steps++;
        recent.Enqueue((seconds, units));
        if (recent.Count > Recent)
            recent.Dequeue();
    }

    /// <summary>Time for the remaining steps; null before the first step.</summary>
    /// <param name="steps">Number of remaining steps.</param>
    /// <param name="elapsed">
    /// Seconds since training began, including validation and checkpoints, which will also occur during the remaining steps.
    /// </param>
    public TimeSpan? Left(long steps, double elapsed)
    {
        if (Steps == 0)
            return null;
        double besides = Math.Max(1, elapsed / Seconds);
        return TimeSpan.FromSeconds(
            Math.Min(steps * Median(recent.Select(step => step.Seconds)) * besides, TimeSpan.MaxValue.TotalSeconds / 2));
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0)
            return 0;
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
