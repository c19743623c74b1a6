using System.Globalization;
using System.Text.RegularExpressions;

namespace Tenon.Rewards;

/// <summary>Words and phrases with values. Case does not matter.</summary>
internal sealed partial class Lexicon
{
    private readonly Dictionary<string, double> _values;
    private readonly int _longest;

    private Lexicon(Dictionary<string, double> values) =>
        (_values, _longest) = (values, values.Keys.Max(phrase => phrase.Count(c => c == ' ') + 1));

    /// <summary>Reads words and values with a tab between.</summary>
    /// <param name="name">What errors call the list.</param>
    /// <param name="stream">UTF-8 text.</param>
    /// <exception cref="DataException">A line has another form, or there is none.</exception>
    public static Lexicon Read(string name, Stream stream)
    {
        var values = new Dictionary<string, double>(StringComparer.OrdinalIgnoreCase);
        using var reader = new StreamReader(stream);
        for (int line = 1; reader.ReadLine() is { } text; line++)
        {
            if (text.Length == 0)
                continue;
            string[] cells = text.Split('\t');
            if (cells.Length != 2 || !double.TryParse(cells[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value))
                throw new DataException($"{name}:{line}: '{text}' is no word and value with a tab between, such as 'good\t3'.");
            values[string.Join(' ', Words(cells[0]))] = value;
        }

        values.Remove("");
        return values.Count > 0 ? new Lexicon(values) : throw new DataException($"'{name}' has no words. Fill it, or name another list.");
    }

    /// <summary>The sum of the values of a text's words, and how many words it has. Of phrases the longest one counts.</summary>
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
