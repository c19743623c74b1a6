using System.Text.RegularExpressions;

namespace Tenon.Host.Evaluation;

/// <summary>
/// ROUGE of texts against references (Lin 2004) by rouge-score's definitions: means over all texts of the F1 of common words, of common
/// pairs of words, and of the longest common subsequence of words.
/// </summary>
/// <param name="stems">Whether words of more than three letters are compared by their stems.</param>
internal sealed partial class Rouge(bool stems)
{
    private const int Shortest = 4;

    private double _ones;
    private double _twos;
    private double _longest;
    private long _texts;
    private bool _hasWords;

    /// <summary>The scores, from 0 to 100. Only ASCII letters and digits count: null if no reference contains any.</summary>
    public RougeFigures? Figures => _hasWords
        ? new RougeFigures(100 * _ones / _texts, 100 * _twos / _texts, 100 * _longest / _texts, stems) : null;

    /// <summary>Adds a text.</summary>
    /// <param name="text">The generated text.</param>
    /// <param name="reference">The text in the data.</param>
    public void Add(string text, string reference)
    {
        string[] found = Words(text);
        string[] wanted = Words(reference);
        _hasWords |= wanted.Length > 0;
        _texts++;
        _ones += F1(Common(found, wanted, 1), found.Length, wanted.Length);
        _twos += F1(Common(found, wanted, 2), found.Length - 1, wanted.Length - 1);
        _longest += F1(LongestCommonSubsequence(found, wanted), found.Length, wanted.Length);
    }

    private string[] Words(string text) => [.. Word().Matches(text.ToLowerInvariant()).Select(match => match.Value)
        .Select(word => stems && word.Length >= Shortest ? PorterStemmer.Stem(word) : word)];

    // The harmonic mean of common / found and common / wanted.
    private static double F1(int common, int found, int wanted) => common == 0 ? 0 : 2.0 * common / (found + wanted);

    private static int Common(string[] found, string[] wanted, int n)
    {
        Dictionary<string, int> left = Sequences(wanted, n).CountBy(words => words, StringComparer.Ordinal)
            .ToDictionary(StringComparer.Ordinal);
        return Sequences(found, n).Count(words => left.TryGetValue(words, out int count) && (left[words] = count - 1) >= 0);
    }

    private static IEnumerable<string> Sequences(string[] words, int n) =>
        Enumerable.Range(0, Math.Max(0, words.Length - n + 1)).Select(at => string.Join(' ', words, at, n));

    private static int LongestCommonSubsequence(string[] first, string[] second)
    {
        int[] row = new int[second.Length + 1];
        foreach (string word in first)
        {
            int diagonal = 0;
            for (int at = 1; at <= second.Length; at++)
                (diagonal, row[at]) = (row[at], word == second[at - 1] ? diagonal + 1 : Math.Max(row[at], row[at - 1]));
        }

        return row[^1];
    }

    [GeneratedRegex("[a-z0-9]+")]
    private static partial Regex Word();
}

/// <summary>ROUGE of generated texts, from 0 to 100.</summary>
/// <param name="One">ROUGE-1: words.</param>
/// <param name="Two">ROUGE-2: pairs of consecutive words.</param>
/// <param name="L">ROUGE-L: the longest common subsequence of words.</param>
/// <param name="Stems">Whether words were compared by their stems.</param>
public sealed record RougeFigures(double One, double Two, double L, bool Stems);
