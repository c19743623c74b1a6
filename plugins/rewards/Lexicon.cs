using System.Globalization;
using System.Text.RegularExpressions;

namespace Tenon.Rewards;

/// <summary>Words and phrases with values, case-insensitive.</summary>
internal sealed partial class Lexicon
{
    private readonly Dictionary<string, double> _values;
    private readonly int _longest;

    private Lexicon(Dictionary<string, double> values) =>
        (_values, _longest) = (values, values.Keys.Max(phrase => phrase.Count(c => c == ' ') + 1));

    /// <summary>Reads tab-separated words and values.</summary>
    /// <param name="name">The name of the list in errors.</param>
    /// <param name="stream">UTF-8 text.</param>
    /// <exception cref="DataException">A line is malformed, or there are no lines.</exception>
    public static Lexicon Read(string name, Stream stream)
    {
        var values = new Dictionary<string, double>(StringComparer.OrdinalIgnoreCase);
        using var reader = new StreamReader(stream);
        for (int line = 1; reader.ReadLine() is { } text; line++)
        {
            if (text.Length == 0)
                continue;
            string[] cells = text.Split('\t');
            if (cells.Length != 2 || !double.TryParse(cells[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                || !double.IsFinite(value))
                throw new DataException($"{name}:{line}: '{text}' is not a word and a value separated by a tab, such as 'good\t3'.");
            values[string.Join(' ', Words(cells[0]))] = value;
        }

        values.Remove("");
        return values.Count > 0 ? new Lexicon(values) : throw new DataException($"'{name}' has no words. Add words, or use another list.");
    }

    /// <summary>The sum of the values of a text's words, and the number of words. The longest matching phrase counts.</summary>
    /// <param name="text">Any text.</param>
    public (double Sum, int Words) Value(string text)
    {
        string[] words = Words(text);
        double sum = 0;
        for (int at = 0; at < words.Length;)
        {
            int length = Math.Min(_longest, words.Length - at);
            while (length > 0 && !_values.ContainsKey(Phrase(length)))
                length--;
            sum += length > 0 ? _values[Phrase(length)] : 0;
            at += Math.Max(1, length);

            string Phrase(int count) => string.Join(' ', words.AsSpan(at, count)!);
        }

        return (sum, words.Length);
    }

    private static string[] Words(string text) => [.. Word().Matches(text).Select(match => match.Value)];

    // Letters and digits, with apostrophes and hyphens inside: can't, self-confident, gr8.
    [GeneratedRegex(@"[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*")]
    private static partial Regex Word();
}
