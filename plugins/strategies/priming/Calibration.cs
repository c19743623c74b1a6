namespace Tenon.Priming;

/// <summary>
/// Contextual calibration (Zhao et al. 2021, section 4): the label probabilities after a content-free text are the model's
/// bias, which is divided out.
/// </summary>
internal static class Calibration
{
    /// <summary>Probabilities of the labels, which sum to 1.</summary>
    /// <param name="scores">Log-probabilities.</param>
    public static double[] Probabilities(double[] scores)
    {
        double highest = scores.Max();
        double[] weights = Array.ConvertAll(scores, score => Math.Exp(score - highest));
        double sum = weights.Sum();
        return Array.ConvertAll(weights, weight => weight / sum);
    }

    /// <summary>Mean label probabilities after the content-free texts.</summary>
    /// <param name="scores">Log-probabilities, one row per text.</param>
    public static double[] Bias(double[][] scores)
    {
        double[][] rows = Array.ConvertAll(scores, Probabilities);
        return [.. Enumerable.Range(0, rows[0].Length).Select(label => rows.Average(row => row[label]))];
    }

    /// <summary>The most probable label after the bias is divided out.</summary>
    /// <param name="scores">Log-probabilities.</param>
    /// <param name="bias">The result of <see cref="Bias"/>.</param>
    public static int Predict(double[] scores, double[] bias) =>
        Best([.. Probabilities(scores).Zip(bias, (probability, share) => probability / share)]);

    /// <summary>The index of the largest number; the first one if several are equal.</summary>
    public static int Best(double[] values) => Array.IndexOf(values, values.Max());
}
