namespace Tenon.Host.Artifacts.Metrics;

/// <summary>How fast training goes, in units (tokens, examples) a second, and how long it will take.</summary>
internal sealed class Throughput
{
    // Enough to smooth over a garbage collection or another process, short enough to follow a change.
    private const int Recent = 50;
    private readonly Queue<(double Seconds, long Units)> recent = new();

    /// <summary>Units of all steps noted.</summary>
    public long Units { get; private set; }

    /// <summary>Seconds of all steps noted.</summary>
    public double Seconds { get; private set; }

    /// <summary>Steps noted.</summary>
    public long Steps { get; private set; }

    /// <summary>Units a second over everything noted; 0 before the first step.</summary>
    public double Mean => Seconds > 0 ? Units / Seconds : 0;

    /// <summary>Units a second now: the median of the last steps, which one slow step does not move; 0 before the first step.</summary>
    public double Now => Median(recent.Select(step => step.Units / step.Seconds));

    /// <summary>Notes a step.</summary>
    /// <param name="seconds">Its time, more than 0.</param>
    /// <param name="units">What it worked through.</param>
    public void Add(double seconds, long units)
    {
        Units += units;
        Seconds += seconds;
        Steps++;
        recent.Enqueue((seconds, units));
        if (recent.Count > Recent)
            recent.Dequeue();
    }

    /// <summary>Time for steps to come, or null before the first step.</summary>
    /// <param name="steps">How many are left.</param>
    /// <param name="elapsed">Seconds since training began, with validation and checkpoints, which the steps left will have too.</param>
    public TimeSpan? Left(long steps, double elapsed)
    {
        if (Steps == 0)
            return null;
        double besides = Math.Max(1, elapsed / Seconds);
        return TimeSpan.FromSeconds(Math.Min(steps * Median(recent.Select(step => step.Seconds)) * besides, TimeSpan.MaxValue.TotalSeconds / 2));
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
