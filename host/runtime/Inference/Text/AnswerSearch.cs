namespace Tenon.Host.Inference.Text;

/// <summary>
/// Finds the best spans of a passage, as SQuAD's evaluation of BERT does: a span's score is the logit of its first token plus that of
/// its last token; the score of "no answer" is the lowest sum at the first token of a window.
/// </summary>
/// <param name="passage">The passage.</param>
/// <param name="options">Number and length of the answers.</param>
internal sealed class AnswerSearch(string passage, AnswerOptions options)
{
    // Spans are reduced to the best ones whenever there are this many.
    private const int Kept = 4096;

    // Windows overlap, and all tokens of a word have the same characters, so a span can occur several times: the best score counts.
    private Dictionary<(int Start, int End), double> _spans = [];
    private double _lowest = double.NegativeInfinity;
    private double _none = double.PositiveInfinity;

    /// <summary>Adds the spans of a window.</summary>
    /// <param name="window">The window.</param>
    /// <param name="logits">Of first and last token, alternating, for each position of the row; further ones are padding.</param>
    public void Add(PassageWindow window, ReadOnlySpan<float> logits)
    {
        _none = Math.Min(_none, logits[0] + logits[1]);
        for (int first = 0; first < window.Characters.Count; first++)
        {
            float start = logits[2 * (window.PassageStart + first)];
            int end = Math.Min(window.Characters.Count, first + options.MaxTokens);
            for (int last = first; last < end; last++)
            {
                double score = start + logits[2 * (window.PassageStart + last) + 1];
                if (score <= _lowest)
                    continue;
                (int, int) span = (window.Characters[first].Start, window.Characters[last].End);
                _spans[span] = Math.Max(score, _spans.GetValueOrDefault(span, double.NegativeInfinity));
                if (_spans.Count >= Kept)
                    Reduce();
            }
        }
    }

    /// <summary>Returns the answers, best first. If scores are equal, the earlier and then the shorter span comes first.</summary>
    public IReadOnlyList<FoundAnswer> Best()
    {
        Reduce();
        double highest = Math.Max(_none, _spans.Values.Max());
        double total = Math.Exp(_none - highest) + _spans.Values.Sum(score => Math.Exp(score - highest));
        IEnumerable<FoundAnswer> spans = _spans.OrderByDescending(span => span.Value).ThenBy(span => span.Key)
            .Select(span => new FoundAnswer(
                passage[span.Key.Start..span.Key.End], span.Key.Start, span.Key.End, span.Value, Probability(span.Value)));
        var none = new FoundAnswer("", Start: null, End: null, _none, Probability(_none));
        return [.. spans.Append(none).OrderByDescending(answer => answer.Score - (answer.Start is null ? options.Threshold : 0))
            .Take(options.Top)];

        double Probability(double score) => Math.Exp(score - highest) / total;
    }

    private void Reduce()
    {
        _spans = _spans.OrderByDescending(span => span.Value).ThenBy(span => span.Key).Take(AnswerOptions.Considered).ToDictionary();
        if (_spans.Count == AnswerOptions.Considered)
            _lowest = _spans.Values.Min();
    }
}
