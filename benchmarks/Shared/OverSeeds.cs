namespace Tenon.Studies;

/// <summary>Statistics of runs that differ in their seed.</summary>
internal static class OverSeeds
{
    /// <summary>The mean and the standard deviation of a sample; the deviation of a single value is 0.</summary>
    /// <param name="values">At least one.</param>
    public static (double Mean, double Deviation) Of(IReadOnlyCollection<double> values)
    {
        double mean = values.Average();
        return (mean, values.Count < 2 ? 0 : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1)));
    }
}
