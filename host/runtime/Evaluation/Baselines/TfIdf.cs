namespace Tenon.Host.Evaluation.Baselines;

/// <summary>Weighs terms by their number and their rarity: TF-IDF with the inverse document frequency ln(N / n) + 1.</summary>
internal sealed class TfIdf
{
    private readonly Dictionary<string, double> _idf;
    private readonly double _rarest;

    /// <summary>Counts in how many documents each term occurs.</summary>
    /// <param name="documents">The terms of each document; how often they occur in it does not matter.</param>
    public TfIdf(IEnumerable<IEnumerable<string>> documents)
    {
        IEnumerable<string>[] all = [.. documents];
        _idf = all.SelectMany(terms => terms.Distinct(StringComparer.Ordinal)).CountBy(term => term, StringComparer.Ordinal)
            .ToDictionary(term => term.Key, term => Idf(term.Value), StringComparer.Ordinal);
        _rarest = Idf(1);

        double Idf(int count) => Math.Log((double)all.Length / count) + 1;
    }

    /// <summary>Returns a vector of length 1; empty if no term counts.</summary>
    /// <param name="counts">Terms with their numbers.</param>
    /// <param name="countsUnknown">Whether terms of no document count like those of one document, instead of being ignored.</param>
    public Dictionary<string, double> Vector(IEnumerable<KeyValuePair<string, int>> counts, bool countsUnknown)
    {
        Dictionary<string, double> weights = counts.Where(term => countsUnknown || _idf.ContainsKey(term.Key))
            .ToDictionary(term => term.Key, term => term.Value * _idf.GetValueOrDefault(term.Key, _rarest), StringComparer.Ordinal);
        double length = Math.Sqrt(weights.Values.Sum(weight => weight * weight));
        return weights.ToDictionary(term => term.Key, term => term.Value / length, StringComparer.Ordinal);
    }
}
