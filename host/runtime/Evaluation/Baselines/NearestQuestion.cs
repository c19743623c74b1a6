namespace Tenon.Host.Evaluation.Baselines;

/// <summary>
/// Answers a question with the answer to the most similar training question, by the cosine of TF-IDF vectors of character trigrams: a
/// baseline without learning.
/// </summary>
internal sealed class NearestQuestion
{
    private const int N = 3;

    private readonly List<string> _answers = [];
    private readonly Dictionary<string, double> _idf;
    // For each trigram, the questions that contain it with their weights.
    private readonly Dictionary<string, List<(int Question, double Weight)>> _index = new(StringComparer.Ordinal);

    /// <summary>Indexes questions.</summary>
    /// <param name="known">Questions with their answers, at least one.</param>
    public NearestQuestion(IReadOnlyList<(string Question, string Answer)> known)
    {
        _idf = known.SelectMany(one => CharacterNGrams.Count(one.Question, N).Keys).GroupBy(gram => gram, StringComparer.Ordinal)
            .ToDictionary(same => same.Key, same => Math.Log((double)known.Count / same.Count()) + 1, StringComparer.Ordinal);
        foreach ((int i, (string question, string answer)) in known.Index())
        {
            _answers.Add(answer);
            foreach ((string gram, double weight) in Vector(question))
            {
                if (!_index.TryGetValue(gram, out List<(int, double)>? questions))
                    _index[gram] = questions = [];
                questions.Add((i, weight));
            }
        }
    }

    /// <summary>Returns the answer to the most similar question; of equally similar ones, the first.</summary>
    public string Answer(string question)
    {
        double[] similarities = new double[_answers.Count];
        foreach ((string gram, double weight) in Vector(question))
        {
            foreach ((int known, double other) in _index.GetValueOrDefault(gram) ?? [])
                similarities[known] += weight * other;
        }

        return _answers[Array.IndexOf(similarities, similarities.Max())];
    }

    // A unit vector; trigrams that occur in no training question are ignored.
    private List<(string Gram, double Weight)> Vector(string question)
    {
        List<(string Gram, double Weight)> weights =
        [
            .. CharacterNGrams.Count(question, N).Where(gram => _idf.ContainsKey(gram.Key))
                .Select(gram => (gram.Key, gram.Value * _idf[gram.Key])),
        ];
        double length = Math.Sqrt(weights.Sum(one => one.Weight * one.Weight));
        return length == 0 ? [] : weights.ConvertAll(one => (one.Gram, one.Weight / length));
    }
}
