using System.Text.RegularExpressions;

namespace Tenon.Host.Evaluation;

/// <summary>
/// Exact match and F1 of answers, by the definitions of SQuAD's evaluation scripts (Rajpurkar et al. 2016, section 6.1, and 2018):
/// of the correct answers, the best match counts, and a question without any is answered by the empty text.
/// </summary>
internal static partial class SquadScore
{
    /// <summary>Returns whether a text equals one of the correct answers after <see cref="Normalize"/>.</summary>
    /// <param name="text">The predicted text; empty for no answer.</param>
    /// <param name="correct">The correct answers; empty if there is none.</param>
    public static bool IsExact(string text, IReadOnlyList<string> correct)
    {
        string normalized = Normalize(text);
        return Known(correct).Any(answer => answer == normalized);
    }

    /// <summary>
    /// Returns the harmonic mean of precision and recall of the words, 0 … 1; if either text has no words, whether both have none.
    /// </summary>
    /// <param name="text">The predicted text; empty for no answer.</param>
    /// <param name="correct">The correct answers; empty if there is none.</param>
    public static double F1(string text, IReadOnlyList<string> correct)
    {
        string[] words = Words(Normalize(text));
        return Known(correct).Max(answer => F1(words, Words(answer)));
    }

    /// <summary>Returns the F1 of the answer to a question.</summary>
    /// <param name="text">The predicted text; empty for no answer.</param>
    /// <param name="asked">The question with its correct answers.</param>
    public static double F1(string text, QuestionAnswerExample asked) => F1(text, Correct(asked));

    /// <summary>Returns the share of answers that are exact.</summary>
    /// <param name="texts">The predicted texts, at least one.</param>
    /// <param name="asked">The questions with their correct answers.</param>
    public static double Exact(IReadOnlyList<string> texts, IReadOnlyList<QuestionAnswerExample> asked) =>
        texts.Zip(asked).Count(pair => IsExact(pair.First, Correct(pair.Second))) / (double)texts.Count;

    /// <summary>Returns a text in lower case without ASCII punctuation, articles and repeated white space.</summary>
    /// <param name="text">Any text.</param>
    public static string Normalize(string text)
    {
        string bare = Punctuation().Replace(text.ToLowerInvariant(), "");
        return string.Join(' ', Words(Article().Replace(bare, " ")));
    }

    private static string[] Correct(QuestionAnswerExample asked) => [.. asked.Answers.Select(answer => answer.Text)];

    // Answers that consist of articles and punctuation only cannot be compared, so the script drops them.
    private static string[] Known(IReadOnlyList<string> correct) =>
        [.. correct.Select(Normalize).Where(answer => answer.Length > 0).DefaultIfEmpty("")];

    private static double F1(string[] words, string[] correct)
    {
        if (words.Length == 0 || correct.Length == 0)
            return words.Length == correct.Length ? 1 : 0;
        Dictionary<string, int> left = correct.CountBy(word => word, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        int common = words.Count(word => left.TryGetValue(word, out int count) && (left[word] = count - 1) >= 0);
        // 2 P R / (P + R) with P = common / words and R = common / correct.
        return 2.0 * common / (words.Length + correct.Length);
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex(@"[!-/:-@\[-`{-~]")]
    private static partial Regex Punctuation();

    [GeneratedRegex(@"\b(a|an|the)\b")]
    private static partial Regex Article();
}
