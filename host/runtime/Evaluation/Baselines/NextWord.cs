using System.Text.RegularExpressions;

namespace Tenon.Host.Evaluation.Baselines;

/// <summary>
/// The word that most often follows another one: a baseline for masked words that sees only the word before them. After an unknown
/// word, it is the most frequent word of all.
/// </summary>
internal sealed partial class NextWord
{
    private readonly Dictionary<string, string> _next;
    private readonly string _mostFrequent;

    /// <summary>Counts the words of texts.</summary>
    /// <param name="texts">Training texts.</param>
    /// <param name="stop">Cancels the work.</param>
    public NextWord(IEnumerable<string> texts, CancellationToken stop = default)
    {
        var pairs = new Dictionary<(string Previous, string Word), int>();
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            stop.ThrowIfCancellationRequested();
            string previous = "";
            foreach (string word in Word().Matches(text).Select(match => match.Value.ToLowerInvariant()))
            {
                pairs[(previous, word)] = pairs.GetValueOrDefault((previous, word)) + 1;
                counts[word] = counts.GetValueOrDefault(word) + 1;
                previous = word;
            }
        }

        _mostFrequent = counts.Count == 0 ? "" : Best(counts);
        _next = pairs.GroupBy(pair => pair.Key.Previous, StringComparer.Ordinal).ToDictionary(
            group => group.Key, group => Best(group.Select(pair => KeyValuePair.Create(pair.Key.Word, pair.Value))),
            StringComparer.Ordinal);
    }

    /// <summary>Returns the most frequent word after another one, in lower case.</summary>
    /// <param name="word">The previous word, in lower case.</param>
    public string After(string word) => _next.GetValueOrDefault(word, _mostFrequent);

    // Of equally frequent words, the first in ordinal order.
    private static string Best(IEnumerable<KeyValuePair<string, int>> counts) =>
        counts.OrderByDescending(word => word.Value).ThenBy(word => word.Key, StringComparer.Ordinal).First().Key;

    [GeneratedRegex(@"[\p{L}\p{M}\p{N}']+")]
    private static partial Regex Word();
}
