using System.Text.RegularExpressions;

namespace Tenon.Host.Evaluation;

/// <summary>One of SacreBLEU's ways to split texts into tokens.</summary>
internal sealed partial class BleuTokenization
{
    private readonly Func<string, string> _separate;

    private BleuTokenization(string name, Func<string, string> separate) => (Name, _separate) = (name, separate);

    /// <summary>The tokens of mteval-v13a, for languages that put spaces between words.</summary>
    public static BleuTokenization Words { get; } = new("13a", Punctuation);

    /// <summary>Chinese characters are tokens, the rest as in <see cref="Words"/>.</summary>
    public static BleuTokenization Chinese { get; } =
        new("zh", text => Punctuation(string.Concat(text.EnumerateRunes().Select(rune => IsHan(rune) ? $" {rune} " : rune.ToString()))));

    /// <summary>Characters are tokens.</summary>
    public static BleuTokenization Characters { get; } = new("char", text => string.Join(' ', text.EnumerateRunes()));

    /// <summary>SacreBLEU's name.</summary>
    public string Name { get; }

    /// <summary>
    /// Chooses by the script of the references: <see cref="Chinese"/> for Chinese, <see cref="Characters"/> for Japanese and Korean, for
    /// which SacreBLEU uses morphological analyzers, and <see cref="Words"/> for other languages.
    /// </summary>
    public static BleuTokenization For(IEnumerable<string> references)
    {
        (long han, long others, long letters) = (0, 0, 0);
        foreach (System.Text.Rune rune in references.SelectMany(text => text.EnumerateRunes()).Where(System.Text.Rune.IsLetter))
        {
            letters++;
            han += IsHan(rune) ? 1 : 0;
            others += rune.Value is (>= 0x3040 and <= 0x30FF) or (>= 0x1100 and <= 0x11FF) or (>= 0xAC00 and <= 0xD7AF) ? 1 : 0;
        }

        // A few names in another script do not make a language.
        return 10 * others > letters ? Characters : 10 * han > letters ? Chinese : Words;
    }

    /// <summary>Splits a text.</summary>
    public string[] Split(string text) => _separate(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static bool IsHan(System.Text.Rune rune) => rune.Value is (>= 0x3400 and <= 0x4DB5) or (>= 0x4E00 and <= 0x9FBB)
        or (>= 0xF900 and <= 0xFAD9) or (>= 0x20000 and <= 0x2FA1D) or (>= 0xFF00 and <= 0xFFEF) or (>= 0x2E80 and <= 0x2FDF)
        or (>= 0x3000 and <= 0x303F) or (>= 0x31A0 and <= 0x31EF) or (>= 0x2FF0 and <= 0x2FFF) or (>= 0xFE10 and <= 0xFE1F)
        or (>= 0xFE30 and <= 0xFE4F) or (>= 0x2600 and <= 0x26FF) or (>= 0x2700 and <= 0x27BF) or (>= 0x3200 and <= 0x32FF)
        or (>= 0x3300 and <= 0x33FF);

    // The rules of NIST's mteval-v13a.
    private static string Punctuation(string text)
    {
        text = text.Replace("<skipped>", "", StringComparison.Ordinal).Replace("-\n", "", StringComparison.Ordinal).Replace('\n', ' ')
            .Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal)
            .Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal);
        text = Symbol().Replace($" {text} ", " $1 ");
        text = PointAfterNonDigit().Replace(text, "$1 $2 ");
        text = PointBeforeNonDigit().Replace(text, " $1 $2");
        return DashAfterDigit().Replace(text, "$1 $2 ");
    }

    [GeneratedRegex(@"([{-~\[-` -&(-+:-@/])", RegexOptions.CultureInvariant)]
    private static partial Regex Symbol();

    [GeneratedRegex(@"([^0-9])([.,])", RegexOptions.CultureInvariant)]
    private static partial Regex PointAfterNonDigit();

    [GeneratedRegex(@"([.,])([^0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex PointBeforeNonDigit();

    [GeneratedRegex(@"([0-9])(-)", RegexOptions.CultureInvariant)]
    private static partial Regex DashAfterDigit();
}
