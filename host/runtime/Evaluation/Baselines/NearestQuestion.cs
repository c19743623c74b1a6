namespace Tenon.Host.Evaluation.Baselines;

/// <summary>
/// Answers a question with the answer to the most similar training question, by the cosine of TF-IDF vectors of character trigrams: a
/// baseline without learning.
/// </summary>
internal sealed class NearestQuestion
{
    private const int N = 3;

    private readonly List<string> _answers = [];
    private readonly TfIdf _weights;
    // For each trigram, the questions that contain it with their weights.
    private readonly Dictionary<string, List<(int Question, double Weight)>> _index = new(StringComparer.Ordinal);

    /// <summary>Indexes questions.</summary>
    /// <param name="known">Questions with their answers, at least one.</param>
    public NearestQuestion(IReadOnlyList<(string Question, string Answer)> known)
    {
        _weights = new TfIdf(known.Select(one => CharacterNGrams.Count(one.Question, N).Keys));
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

    // Trigrams that occur in no training question are ignored.
    private Dictionary<string, double> Vector(string question) =>
        _weights.Vector(CharacterNGrams.Count(question, N), countsUnknown: false);
}
