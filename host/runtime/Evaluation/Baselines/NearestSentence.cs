using System.Text.RegularExpressions;

namespace Tenon.Host.Evaluation.Baselines;

/// <summary>
/// Answers a question with the sentence of the passage that is most similar to it, by the cosine of TF-IDF vectors of words: a baseline
/// without learning, apart from one threshold below which there is no answer.
/// </summary>
internal sealed partial class NearestSentence
{
    // The threshold is chosen on so many training questions, among so many values.
    private const int Tuned = 2000;
    private const int Thresholds = 50;

    private readonly TfIdf _weights;

    /// <summary>Counts the words of sentences.</summary>
    /// <param name="passages">Training passages, at least one.</param>
    public NearestSentence(IEnumerable<string> passages) =>
        _weights = new TfIdf(passages.Distinct(StringComparer.Ordinal).SelectMany(Sentences).Select(Words));

    /// <summary>Evaluates the baseline.</summary>
    /// <param name="train">Training questions; the first ones determine the threshold.</param>
    /// <param name="asked">The questions to answer.</param>
    /// <param name="stop">Cancels the work.</param>
    public static QuestionBaseline Of(
        IReadOnlyList<QuestionAnswerExample> train, IReadOnlyList<QuestionAnswerExample> asked, CancellationToken stop)
    {
        var nearest = new NearestSentence(train.Select(one => one.Passage));
        double threshold = nearest.Tune([.. train.Take(Tuned)], stop);
        string[] answers = [.. asked.Select(one => nearest.Answer(one.Question, one.Passage, threshold, stop))];
        return new QuestionBaseline(SquadScore.Exact(answers, asked), answers.Zip(asked, SquadScore.F1).Average(), threshold);
    }

    /// <summary>Returns the most similar sentence; empty if its similarity is below the threshold.</summary>
    /// <param name="question">The question.</param>
    /// <param name="passage">The passage.</param>
    /// <param name="threshold">The lowest similarity of an answer.</param>
    /// <param name="stop">Cancels the work.</param>
    public string Answer(string question, string passage, double threshold = 0, CancellationToken stop = default)
    {
        (string sentence, double similarity) = Find(question, passage, stop);
        return similarity < threshold ? "" : sentence;
    }

    private double Tune(QuestionAnswerExample[] questions, CancellationToken stop)
    {
        var found = questions.Select(one =>
        {
            (string sentence, double similarity) = Find(one.Question, one.Passage, stop);
            return (Similarity: similarity, Answered: SquadScore.F1(sentence, one), Unanswered: SquadScore.F1("", one));
        }).ToArray();
        double[] similarities = [.. found.Select(one => one.Similarity).Order()];
        IEnumerable<double> thresholds = Enumerable.Range(1, Thresholds - 1)
            .Select(i => similarities[(int)((long)i * similarities.Length / Thresholds)]).Prepend(0);
        return thresholds.MaxBy(threshold => found.Sum(one => one.Similarity < threshold ? one.Unanswered : one.Answered));
    }

    private (string Sentence, double Similarity) Find(string question, string passage, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        Dictionary<string, double> asked = Vector(question);
        (string Sentence, double Similarity)[] all =
            [.. Sentences(passage).Select(sentence => (sentence, Cosine(asked, Vector(sentence))))];
        return all.Length == 0 ? ("", 0) : all.MaxBy(one => one.Similarity);
    }

    // A word that occurs in no training passage is as rare as one that occurs once.
    private Dictionary<string, double> Vector(string text) =>
        _weights.Vector(Words(text).CountBy(word => word, StringComparer.Ordinal), countsUnknown: true);

    private static double Cosine(Dictionary<string, double> first, Dictionary<string, double> second) =>
        first.Sum(word => word.Value * second.GetValueOrDefault(word.Key));

    private static IEnumerable<string> Sentences(string passage) =>
        SentenceEnd().Split(passage).Select(sentence => sentence.Trim()).Where(sentence => sentence.Length > 0);

    private static IEnumerable<string> Words(string text) => Word().Matches(text).Select(match => match.Value.ToLowerInvariant());

    [GeneratedRegex(@"(?<=[.!?])\s+(?=\p{Lu})|\n+")]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"[\p{L}\p{M}\p{N}]+")]
    private static partial Regex Word();
}
