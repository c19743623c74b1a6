namespace Tenon.Priming;

/// <summary>
/// Contextual calibration (Zhao et al. 2021, section 4): the probabilities that labels have behind a text that says nothing
/// are the model's bias, and are divided out.
/// </summary>
internal static class Calibration
{
    /// <summary>Probabilities of the labels, which add up to 1.</summary>
    /// <param name="scores">Log-probabilities.</param>
    public static double[] Probabilities(double[] scores)
    {
        double highest = scores.Max();
        double[] weights = Array.ConvertAll(scores, score => Math.Exp(score - highest));
        double sum = weights.Sum();
        return Array.ConvertAll(weights, weight => weight / sum);
    }

    /// <summary>Mean probabilities behind the texts that say nothing.</summary>
    /// <param name="scores">Log-probabilities, a row for each text.</param>
    public static double[] Bias(double[][] scores)
    {
        double[][] rows = Array.ConvertAll(scores, Probabilities);
        return [.. Enumerable.Range(0, rows[0].Length).Select(label => rows.Average(row => row[label]))];
    }

    /// <summary>The label that is left when the bias is divided out.</summary>
    /// <param name="scores">Log-probabilities.</param>
    /// <param name="bias">What <see cref="Bias"/> gave.</param>
    public static int Predict(double[] scores, double[] bias) =>
        Best([.. Probabilities(scores).Zip(bias, (probability, share) => probability / share)]);

    /// <summary>The index of the highest number, the first of equal ones.</summary>
    public static int Best(double[] values) => Array.IndexOf(values, values.Max());
}
