namespace Tenon.Host.Evaluation;

/// <summary>
/// BLEU of texts against one reference each (Papineni et al. 2002), by the definitions of SacreBLEU (Post 2018): n-grams of 1 to 4
/// tokens counted over all texts, a penalty for texts that are shorter than the references, and exponential smoothing of orders
/// without a match; from 0 to 100.
/// </summary>
/// <param name="tokenization">How texts are split into tokens.</param>
internal sealed class Bleu(BleuTokenization tokenization)
{
    private const int Order = 4;

    private readonly long[] _matches = new long[Order];
    private readonly long[] _totals = new long[Order];
    private long _length;
    private long _referenceLength;

    /// <summary>The score of the texts so far.</summary>
    public double Score
    {
        get
        {
            if (_matches.All(count => count == 0))
                return 0;
            double smoothing = 1, logarithms = 0;
            for (int n = 0; n < Order; n++)
            {
                // No text has that many tokens.
                if (_totals[n] == 0)
                    return 0;
                if (_matches[n] == 0)
                    smoothing *= 2;
                logarithms += Math.Log(_matches[n] == 0 ? 1 / (smoothing * _totals[n]) : (double)_matches[n] / _totals[n]);
            }

            double brevity = _length < _referenceLength ? Math.Exp(1 - (double)_referenceLength / _length) : 1;
            return 100 * brevity * Math.Exp(logarithms / Order);
        }
    }

    /// <summary>Settings that make scores comparable, in SacreBLEU's format.</summary>
    public string Signature => $"nrefs:1|case:mixed|eff:no|tok:{tokenization.Name}|smooth:exp|computed by Tenon";

    /// <summary>Adds a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="reference">The expected text.</param>
    public void Add(string text, string reference)
    {
        string[] tokens = tokenization.Split(text), expected = tokenization.Split(reference);
        _length += tokens.Length;
        _referenceLength += expected.Length;
        for (int n = 1; n <= Order; n++)
        {
            Dictionary<string, int> counts = Count(expected, n);
            _totals[n - 1] += Math.Max(0, tokens.Length - n + 1);
            _matches[n - 1] += Count(tokens, n).Sum(gram => (long)Math.Min(gram.Value, counts.GetValueOrDefault(gram.Key)));
        }
    }

    private static Dictionary<string, int> Count(string[] tokens, int n) => Enumerable.Range(0, Math.Max(0, tokens.Length - n + 1))
        .CountBy(start => string.Join(' ', tokens.AsSpan(start, n)!), StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
}
