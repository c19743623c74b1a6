namespace Tenon.Host.Evaluation;

/// <summary>
/// Stems English words by Porter's algorithm (1980) with NLTK's extensions, as rouge-score does. Words are lower-case ASCII letters
/// and digits.
/// </summary>
internal static class PorterStemmer
{
    private static readonly Dictionary<string, string> Irregular = new(StringComparer.Ordinal)
    {
        ["skies"] = "sky",
        ["sky"] = "sky",
        ["dying"] = "die",
        ["lying"] = "lie",
        ["tying"] = "tie",
        ["news"] = "news",
        ["innings"] = "inning",
        ["inning"] = "inning",
        ["outings"] = "outing",
        ["outing"] = "outing",
        ["cannings"] = "canning",
        ["canning"] = "canning",
        ["howe"] = "howe",
        ["proceed"] = "proceed",
        ["exceed"] = "exceed",
        ["succeed"] = "succeed",
    };

    private static readonly string[] VerbEndings = ["ed", "ing"];

    private static readonly Rule[] Step2Rules =
    [
        new("ational", "ate"), new("tional", "tion"), new("enci", "ence"), new("anci", "ance"), new("izer", "ize"), new("bli", "ble"),
        new("alli", "al"), new("entli", "ent"), new("eli", "e"), new("ousli", "ous"), new("ization", "ize"), new("ation", "ate"),
        new("ator", "ate"), new("alism", "al"), new("iveness", "ive"), new("fulness", "ful"), new("ousness", "ous"), new("aliti", "al"),
        new("iviti", "ive"), new("biliti", "ble"), new("fulli", "ful"),
        // The l counts as part of the stem, so that short ones such as "geo" are stems too.
        new("logi", "log", stem => Measure($"{stem}l") > 0),
    ];

    private static readonly Rule[] Step3Rules =
    [
        new("icate", "ic"), new("ative", ""), new("alize", "al"), new("iciti", "ic"), new("ical", "ic"), new("ful", ""), new("ness", ""),
    ];

    private static readonly Rule[] Step4Rules =
    [
        .. new[] { "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent" }.Select(Removed),
        new("ion", "", stem => Measure(stem) > 1 && stem[^1] is 's' or 't'),
        .. new[] { "ou", "ism", "ate", "iti", "ous", "ive", "ize" }.Select(Removed),
    ];

    /// <summary>Returns the stem of a word.</summary>
    /// <param name="word">The word.</param>
    public static string Stem(string word)
    {
        if (Irregular.TryGetValue(word, out string? irregular))
            return irregular;
        return word.Length <= 2 ? word : Step5(Apply(Step4Rules, Apply(Step3Rules, Step2(Step1C(Step1B(Step1A(word)))))));
    }

    // Plurals.
    private static string Step1A(string word) => word switch
    {
        [_, 'i', 'e', 's'] => word[..^1],
        [.., 's', 's', 'e', 's'] or [.., 'i', 'e', 's'] => word[..^2],
        [.., 's', 's'] => word,
        [.., 's'] => word[..^1],
        _ => word,
    };

    // Past tenses and gerunds.
    private static string Step1B(string word)
    {
        if (word.EndsWith("ied", StringComparison.Ordinal))
            return word.Length == 4 ? word[..^1] : word[..^2];
        if (word.EndsWith("eed", StringComparison.Ordinal))
            return Measure(word[..^3]) > 0 ? word[..^1] : word;
        string? ending = VerbEndings.FirstOrDefault(
            ending => word.EndsWith(ending, StringComparison.Ordinal) && HasVowel(word[..^ending.Length]));
        if (ending is null)
            return word;
        string stem = word[..^ending.Length];
        if (stem.EndsWith("at", StringComparison.Ordinal) || stem.EndsWith("bl", StringComparison.Ordinal)
            || stem.EndsWith("iz", StringComparison.Ordinal))
            return $"{stem}e";
        if (stem.Length >= 2 && stem[^1] == stem[^2] && IsConsonant(stem, stem.Length - 1))
            return stem[^1] is 'l' or 's' or 'z' ? stem : stem[..^1];
        return Measure(stem) == 1 && EndsInShortSyllable(stem) ? $"{stem}e" : stem;
    }

    private static string Step1C(string word) =>
        word[^1] == 'y' && word.Length > 2 && IsConsonant(word, word.Length - 2) ? $"{word[..^1]}i" : word;

    private static string Step2(string word) => word.EndsWith("alli", StringComparison.Ordinal) && Measure(word[..^4]) > 0
        ? Step2(word[..^2]) : Apply(Step2Rules, word);

    private static string Step5(string word)
    {
        if (word[^1] == 'e' && Measure(word[..^1]) is var measure && (measure > 1 || (measure == 1 && !EndsInShortSyllable(word[..^1]))))
            word = word[..^1];
        return word.EndsWith("ll", StringComparison.Ordinal) && Measure(word[..^1]) > 1 ? word[..^1] : word;
    }

    private static Rule Removed(string ending) => new(ending, "", stem => Measure(stem) > 1);

    // Only the first rule whose ending matches is tried.
    private static string Apply(Rule[] rules, string word)
    {
        if (rules.FirstOrDefault(rule => word.EndsWith(rule.Ending, StringComparison.Ordinal)) is not { } rule)
            return word;
        string stem = word[..^rule.Ending.Length];
        return rule.Condition?.Invoke(stem) ?? Measure(stem) > 0 ? stem + rule.Replacement : word;
    }

    private static bool IsConsonant(string word, int at) => word[at] switch
    {
        'a' or 'e' or 'i' or 'o' or 'u' => false,
        'y' => at == 0 || !IsConsonant(word, at - 1),
        _ => true,
    };

    private static bool HasVowel(string word) => Enumerable.Range(0, word.Length).Any(at => !IsConsonant(word, at));

    // How often a vowel is followed by a consonant.
    private static int Measure(string word) =>
        Enumerable.Range(1, Math.Max(0, word.Length - 1)).Count(at => IsConsonant(word, at) && !IsConsonant(word, at - 1));

    // Consonant, vowel and a consonant other than w, x and y; or only a vowel and a consonant.
    private static bool EndsInShortSyllable(string word)
    {
        int last = word.Length - 1;
        return word.Length == 2
            ? !IsConsonant(word, 0) && IsConsonant(word, 1)
            : word.Length > 2 && IsConsonant(word, last - 2) && !IsConsonant(word, last - 1) && IsConsonant(word, last)
                && word[last] is not ('w' or 'x' or 'y');
    }

    // An ending with its replacement; without a condition, the stem needs a positive measure.
    private sealed record Rule(string Ending, string Replacement, Func<string, bool>? Condition = null);
}
