namespace Tenon.Priming;

/// <summary>The quality of predictions.</summary>
/// <param name="Accuracy">Fraction of the examples that were predicted correctly.</param>
/// <param name="MacroF1">Mean F1 of the labels that occur or are predicted.</param>
internal sealed record Figures(double Accuracy, double MacroF1)
{
    /// <summary>Computes both from labels and predictions.</summary>
    /// <param name="actual">The labels.</param>
    /// <param name="predicted">The prediction for each.</param>
    public static Figures Of(IReadOnlyList<int> actual, IReadOnlyList<int> predicted)
    {
        int right = actual.Zip(predicted).Count(pair => pair.First == pair.Second);
        double[] f1 = [.. actual.Concat(predicted).Distinct().Select(label =>
            2.0 * actual.Zip(predicted).Count(pair => pair.First == label && pair.Second == label)
            / (actual.Count(found => found == label) + predicted.Count(found => found == label)))];
        return new Figures(right / (double)actual.Count, f1.Average());
    }
}
