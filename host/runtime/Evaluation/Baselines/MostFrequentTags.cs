namespace Tenon.Host.Evaluation.Baselines;

/// <summary>
/// Assigns each word its most frequent class, and unknown words the most frequent class of all words: a baseline without context (Jurafsky
/// and Martin, Speech and Language Processing, section 17.2).
/// </summary>
internal sealed class MostFrequentTags
{
    private readonly IReadOnlyList<string> _labels;
    private readonly Dictionary<string, long[]> _counts = new(StringComparer.Ordinal);
    private readonly long[] _all;

    /// <summary>Counts the classes of words.</summary>
    /// <param name="train">Labelled sentences.</param>
    /// <param name="labels">Names of the classes.</param>
    /// <param name="stop">Cancels the work.</param>
    public MostFrequentTags(IEnumerable<TokenLabelledExample> train, IReadOnlyList<string> labels, CancellationToken stop = default)
    {
        _labels = labels;
        _all = new long[labels.Count];
        foreach (TokenLabelledExample sentence in train)
        {
            stop.ThrowIfCancellationRequested();
            foreach ((string word, int tag) in sentence.Words.Zip(sentence.Tags))
            {
                if (!_counts.TryGetValue(word, out long[]? counts))
                    _counts.Add(word, counts = new long[labels.Count]);
                counts[tag]++;
                _all[tag]++;
            }
        }
    }

    /// <summary>Classifies labelled sentences and counts the results.</summary>
    /// <param name="evaluated">Labelled sentences.</param>
    /// <param name="stop">Cancels the work.</param>
    public ConfusionMatrix Classify(IEnumerable<TokenLabelledExample> evaluated, CancellationToken stop = default)
    {
        var matrix = new ConfusionMatrix(_labels);
        foreach (TokenLabelledExample sentence in evaluated)
        {
            stop.ThrowIfCancellationRequested();
            foreach ((string word, int tag) in sentence.Words.Zip(sentence.Tags))
                matrix.Add(tag, MostFrequent(_counts.GetValueOrDefault(word, _all)));
        }

        return matrix;
    }

    // The first of equally frequent classes.
    private static int MostFrequent(long[] counts) => Array.IndexOf(counts, counts.Max());
}
