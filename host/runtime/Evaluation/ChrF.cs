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
    private readonly long[] _made = new long[Order];
    private readonly long[] _expected = new long[Order];

    /// <summary>The score of the texts so far.</summary>
    public double Score
    {
        get
        {
            // Precision and recall are means over the orders for which both sides have n-grams.
            int[] orders = [.. Enumerable.Range(0, Order).Where(n => _made[n] > 0 && _expected[n] > 0)];
            if (orders.Length == 0)
                return 0;
            double precision = orders.Average(n => (double)_matches[n] / _made[n]),
            recall = orders.Average(n => (double)_matches[n] / _expected[n]);
            double weighted = Beta * Beta * precision + recall;
            return weighted == 0 ? 0 : 100 * (1 + Beta * Beta) * precision * recall / weighted;
        }
    }

    /// <summary>Adds a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="reference">The expected text.</param>
    public void Add(string text, string reference)
    {
        string made = Characters(text), expected = Characters(reference);
        for (int n = 1; n <= Order; n++)
        {
            Dictionary<string, int> counts = Count(expected, n);
            _made[n - 1] += Math.Max(0, made.Length - n + 1);
            _expected[n - 1] += Math.Max(0, expected.Length - n + 1);
            foreach ((string gram, int count) in Count(made, n))
                _matches[n - 1] += Math.Min(count, counts.GetValueOrDefault(gram));
        }
    }

    private static string Characters(string text) => string.Concat(text.Where(character => !char.IsWhiteSpace(character)));

    private static Dictionary<string, int> Count(string text, int n)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i + n <= text.Length; i++)
            counts[text.Substring(i, n)] = counts.GetValueOrDefault(text.Substring(i, n)) + 1;
        return counts;
    }
}
