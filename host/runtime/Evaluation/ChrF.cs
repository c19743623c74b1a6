namespace Tenon.Host.Evaluation;

/// <summary>
/// chrF of texts against references (Popović 2015): the F2 score of character n-grams of 1 to 6 characters without white space,
/// counted over all texts, from 0 to 100.
/// </summary>
internal sealed class ChrF
{
    private const int Order = 6;
    private const double Beta = 2;

    private readonly long[] _matches = new long[Order];
    private readonly long[] _hypothesis = new long[Order];
    private readonly long[] _reference = new long[Order];

    /// <summary>The score of the texts so far.</summary>
    public double Score
    {
        get
        {
            // Precision and recall are means over the orders for which both sides have n-grams.
            int[] orders = [.. Enumerable.Range(0, Order).Where(n => _hypothesis[n] > 0 && _reference[n] > 0)];
            if (orders.Length == 0)
                return 0;
            double precision = orders.Average(n => (double)_matches[n] / _hypothesis[n]);
            double recall = orders.Average(n => (double)_matches[n] / _reference[n]);
            double weighted = Beta * Beta * precision + recall;
            return weighted == 0 ? 0 : 100 * (1 + Beta * Beta) * precision * recall / weighted;
        }
    }

    /// <summary>Adds a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="reference">The expected text.</param>
    public void Add(string text, string reference)
    {
        string hypothesis = Characters(text), expected = Characters(reference);
        for (int n = 1; n <= Order; n++)
        {
            Dictionary<string, int> counts = CharacterNGrams.Count(expected, n);
            _hypothesis[n - 1] += Math.Max(0, hypothesis.Length - n + 1);
            _reference[n - 1] += Math.Max(0, expected.Length - n + 1);
            foreach ((string gram, int count) in CharacterNGrams.Count(hypothesis, n))
                _matches[n - 1] += Math.Min(count, counts.GetValueOrDefault(gram));
        }
    }

    private static string Characters(string text) => string.Concat(text.Where(character => !char.IsWhiteSpace(character)));
}
