namespace Tenon.Benchmarks;

/// <summary>What several rounds gave, in which each way ran once.</summary>
/// <param name="rounds">The results of each way by its name, in the order of rounds.</param>
internal sealed class Measurements(IReadOnlyDictionary<string, List<CaseResult>> rounds)
{
    /// <summary>The medians of a way.</summary>
    /// <param name="name">Its name.</param>
    public CaseResult Median(string name) => CaseResult.Median(rounds[name]);

    /// <summary>
    /// The median of the rounds' ratios of speed. The machine's own speed drifts by more than two ways differ, but little
    /// within a round.
    /// </summary>
    /// <param name="name">A way.</param>
    /// <param name="baseline">The way that it is compared with.</param>
    public double Ratio(string name, string baseline) =>
        CaseResult.Middle([.. rounds[name].Zip(rounds[baseline], (way, other) => way.PerSecond / other.PerSecond)]);
}
