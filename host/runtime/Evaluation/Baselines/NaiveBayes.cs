using System.Text.RegularExpressions;

namespace Tenon.Host.Evaluation.Baselines;

/// <summary>
/// Multinomial naive Bayes on words: each class is a distribution of words with add-one smoothing (McCallum and Nigam 1998,
/// equations 4 to 6). A baseline without word order.
/// </summary>
internal sealed partial class NaiveBayes
{
    private readonly IReadOnlyList<string> _labels;
    private readonly Dictionary<string, int> _vocabulary = new(StringComparer.Ordinal);
    private readonly List<long[]> _counts = [];
    private readonly long[] _words;
    private readonly long[] _texts;

    /// <summary>Counts the words of labelled texts.</summary>
    /// <param name="train">Labelled texts.</param>
    /// <param name="labels">Names of the classes.</param>
    /// <param name="stop">Cancels the work.</param>
    public NaiveBayes(IEnumerable<LabelledTextExample> train, IReadOnlyList<string> labels, CancellationToken stop = default)
    {
        _labels = labels;
        _words = new long[labels.Count];
        _texts = new long[labels.Count];
        foreach (LabelledTextExample example in train)
        {
            stop.ThrowIfCancellationRequested();
            _texts[example.Label]++;
            foreach (string word in Words(example.Text))
            {
                if (_vocabulary.TryAdd(word, _counts.Count))
                    _counts.Add(new long[labels.Count]);
                _counts[_vocabulary[word]][example.Label]++;
                _words[example.Label]++;
            }
        }
    }

    /// <summary>Returns the most probable class of a text. Words that no training text contains are ignored.</summary>
    /// <param name="text">Any text.</param>
    public int Classify(string text)
    {
        double[] scores = [.. _labels.Index().Select(label => Math.Log(_texts[label.Index]))];
        foreach (string word in Words(text))
        {
            if (!_vocabulary.TryGetValue(word, out int index))
                continue;
            for (int label = 0; label < scores.Length; label++)
                scores[label] += Math.Log((_counts[index][label] + 1.0) / (_words[label] + _counts.Count));
        }

        return Array.IndexOf(scores, scores.Max());
    }

    /// <summary>Classifies labelled texts and counts the results.</summary>
    /// <param name="evaluated">Labelled texts.</param>
    /// <param name="stop">Cancels the work.</param>
    public ConfusionMatrix Classify(IEnumerable<LabelledTextExample> evaluated, CancellationToken stop = default)
    {
        var matrix = new ConfusionMatrix(_labels);
        foreach (LabelledTextExample example in evaluated)
        {
            stop.ThrowIfCancellationRequested();
            matrix.Add(example.Label, Classify(example.Text));
        }

        return matrix;
    }

    private static IEnumerable<string> Words(string text) => Word().Matches(text).Select(match => match.Value.ToLowerInvariant());

    [GeneratedRegex(@"[\p{L}\p{M}\p{N}']+")]
    private static partial Regex Word();
}
