namespace Tenon.Server;

/// <summary>Counts values by size. Thread-safe.</summary>
/// <param name="bounds">Upper bounds of the classes, ascending; larger values have a class of their own.</param>
internal sealed class Histogram(double[] bounds)
{
    private readonly Lock _lock = new();
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    /// <summary>Counts a value.</summary>
    public void Add(double value)
    {
        int at = Array.FindIndex(bounds, bound => value <= bound);
        lock (_lock)
        {
            _counts[at < 0 ? bounds.Length : at]++;
            _sum += value;
        }
    }

    /// <summary>The bounds, the count of each class and of larger values, and the sum of all values.</summary>
    public (double[] Bounds, long[] Counts, double Sum) Read()
    {
        lock (_lock)
            return (bounds, [.. _counts], _sum);
    }
}
