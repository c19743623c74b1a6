namespace Tenon.Host.Evaluation.Baselines;

/// <summary>
/// Gives each word the class that it has most often, and unknown words the class that most words have: what can be had
/// without looking at the words around (Jurafsky and Martin, Speech and Language Processing, section 17.2).
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

    /// <summary>Counts what it makes of labelled sentences.</summary>
    /// <param name="asked">Labelled sentences.</param>
    /// <param name="stop">Cancels the work.</param>
    public ConfusionMatrix Classify(IEnumerable<TokenLabelledExample> asked, CancellationToken stop = default)
    {
        var matrix = new ConfusionMatrix(_labels);
        foreach (TokenLabelledExample sentence in asked)
        {
            stop.ThrowIfCancellationRequested();
            foreach ((string word, int tag) in sentence.Words.Zip(sentence.Tags))
                matrix.Add(tag, MostFrequent(_counts.GetValueOrDefault(word, _all)));
        }

        return matrix;
    }

    // Of equally frequent classes the first.
    private static int MostFrequent(long[] counts) => Array.IndexOf(counts, counts.Max());
}
