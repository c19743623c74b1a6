using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Tenon.Host.Evaluation.Baselines;

/// <summary>
/// Translates each word on its own, in the order of the source: a baseline that learns only a dictionary. A word's translation is the
/// target word that occurs in the same pairs most exclusively, by the coefficient of Dice (1945). Chinese characters and Japanese kana are
/// words of their own in a source; in a target, up to four adjacent ones are one. Unknown words, numbers and punctuation are copied.
/// </summary>
internal sealed partial class WordDictionary
{
    private const int LongestUnit = 4;
    // What occurs once cannot be told apart from the rest of its text.
    private const int Fewest = 2;

    private readonly Dictionary<string, string> _translations = new(StringComparer.Ordinal);

    /// <summary>Learns the dictionary.</summary>
    /// <param name="pairs">Sources with their translations.</param>
    /// <param name="stop">Cancels the work.</param>
    public WordDictionary(IReadOnlyList<(string Source, string Target)> pairs, CancellationToken stop = default)
    {
        var forms = new UnitForms();
        string[][] sources = [.. pairs.Select(pair => Words(pair.Source).Select(Lower).Distinct(StringComparer.Ordinal).ToArray())];
        string[][] targets = [.. pairs.Select(pair => forms.Add(Units(pair.Target)))];
        Dictionary<string, int> sourceCounts = Counts(sources), targetCounts = Counts(targets);
        var together = new Dictionary<(string Source, string Target), int>();
        foreach ((string[] source, string[] target) in sources.Zip(targets))
        {
            stop.ThrowIfCancellationRequested();
            foreach (string word in source.Where(word => sourceCounts[word] >= Fewest))
            {
                foreach (string unit in target.Where(unit => targetCounts[unit] >= Fewest))
                    CollectionsMarshal.GetValueRefOrAddDefault(together, (word, unit), out _)++;
            }
        }

        foreach (var candidates in together.Where(pair => pair.Value >= Fewest).GroupBy(pair => pair.Key.Source, StringComparer.Ordinal))
        {
            string best = candidates
                .OrderByDescending(pair => 2.0 * pair.Value / (sourceCounts[candidates.Key] + targetCounts[pair.Key.Target]))
                .ThenByDescending(pair => pair.Key.Target.Length).ThenBy(pair => pair.Key.Target, StringComparer.Ordinal)
                .First().Key.Target;
            _translations[candidates.Key] = forms.MostFrequent(best);
        }
    }

    /// <summary>Translates a text.</summary>
    public string Translate(string text)
    {
        string translated = Word().Replace(text, word => _translations.GetValueOrDefault(Lower(word.Value), word.Value));
        return translated.Length > 0 && text.Length > 0 && char.IsUpper(text[0])
            ? char.ToUpperInvariant(translated[0]) + translated[1..] : translated;
    }

    private static Dictionary<string, int> Counts(IEnumerable<string[]> texts) =>
        texts.SelectMany(words => words).CountBy(word => word, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);

    private static IEnumerable<string> Words(string text) => Word().Matches(text).Select(match => match.Value);

    // Words, and sequences of up to four adjacent Chinese characters or kana.
    private static IEnumerable<string> Units(string text)
    {
        Match[] words = Word().Matches(text).ToArray();
        for (int first = 0; first < words.Length; first++)
        {
            yield return words[first].Value;
            int end = words[first].Index + words[first].Length;
            for (int next = first + 1; next < Math.Min(words.Length, first + LongestUnit); next++)
            {
                if (!IsCharacter(words[next - 1].Value) || !IsCharacter(words[next].Value) || words[next].Index != end)
                    break;
                end += words[next].Length;
                yield return text[words[first].Index..end];
            }
        }
    }

    private static bool IsCharacter(string word) => word[0] is (>= '\u3040' and <= '\u30FF') or (>= '\u3400' and <= '\u9FFF');

    private static string Lower(string word) => word.ToLowerInvariant();

    [GeneratedRegex(@"[\u3040-\u30FF\u3400-\u9FFF]|[\p{L}\p{M}'_-[\u3040-\u30FF\u3400-\u9FFF]]+")]
    private static partial Regex Word();

    // Counts words regardless of case, and how often each form occurs.
    private sealed class UnitForms
    {
        private readonly Dictionary<string, Dictionary<string, int>> _forms = new(StringComparer.Ordinal);

        // The distinct units in lower case.
        public string[] Add(IEnumerable<string> units)
        {
            var distinct = new HashSet<string>(StringComparer.Ordinal);
            foreach (string unit in units)
            {
                string lower = Lower(unit);
                distinct.Add(lower);
                if (!_forms.TryGetValue(lower, out Dictionary<string, int>? forms))
                    _forms[lower] = forms = new Dictionary<string, int>(StringComparer.Ordinal);
                CollectionsMarshal.GetValueRefOrAddDefault(forms, unit, out _)++;
            }

            return [.. distinct];
        }

        public string MostFrequent(string lower) => _forms[lower].MaxBy(form => form.Value).Key;
    }
}
