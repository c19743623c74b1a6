namespace Tenon.Benchmarks;

/// <summary>The results of several rounds, in each of which every variant ran once.</summary>
/// <param name="rounds">The results by name of the variant, in the order of rounds.</param>
internal sealed class Measurements(IReadOnlyDictionary<string, List<CaseResult>> rounds)
{
    /// <summary>The medians of a variant.</summary>
    /// <param name="name">Its name.</param>
    public CaseResult Median(string name) => CaseResult.Median(rounds[name]);

    /// <summary>
    /// The median of the rounds' speed ratios. The machine's own speed drifts by more than the difference between two variants,
    /// but little within a round.
    /// </summary>
    /// <param name="name">A variant.</param>
    /// <param name="baseline">The variant that it is compared with.</param>
    public double Ratio(string name, string baseline) =>
        CaseResult.Middle([.. rounds[name].Zip(rounds[baseline], (variant, other) => variant.PerSecond / other.PerSecond)]);
}
