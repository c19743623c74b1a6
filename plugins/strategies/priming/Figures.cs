namespace Tenon.Priming;

/// <summary>How well predictions are.</summary>
/// <param name="Accuracy">Share of the examples whose label was predicted.</param>
/// <param name="MacroF1">Mean F1 of the labels that occur or were predicted.</param>
internal sealed record Figures(double Accuracy, double MacroF1)
{
    /// <summary>Counts.</summary>
    /// <param name="actual">The labels.</param>
    /// <param name="predicted">What was predicted for each.</param>
    public static Figures Of(IReadOnlyList<int> actual, IReadOnlyList<int> predicted)
    {
        int right = actual.Zip(predicted).Count(pair => pair.First == pair.Second);
        double[] f1 = [.. actual.Concat(predicted).Distinct().Select(label =>
            2.0 * actual.Zip(predicted).Count(pair => pair.First == label && pair.Second == label)
            / (actual.Count(found => found == label) + predicted.Count(found => found == label)))];
        return new Figures(right / (double)actual.Count, f1.Average());
    }
}
