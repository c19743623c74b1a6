using System.Text;
using System.Text.RegularExpressions;

namespace Tenon.Tokenizers.Unicode;

/// <summary>A pattern of <c>tokenizer.json</c>, which is written for code points, matched with .NET's UTF-16 expressions.</summary>
/// <remarks>
/// A character beyond U+FFFF is replaced with a stand-in of the same general category before matching, so that
/// <c>\p{L}</c> and <c>.</c> match it as one character. No stand-in has an ASCII case variant or occurs in patterns.
/// </remarks>
internal sealed class CodePointRegex
{
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.Multiline | RegexOptions.Compiled;

    // As in Oniguruma: the only numbers other than digits and letters are those in Latin-1; circled letters are included.
    private const string WordCharacters = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u00B2\u00B3\u00B9\u00BC-\u00BE\u24B6-\u24E9";

    // In the order of UnicodeCategory. Surrogates do not occur; spaces and separators are all below U+10000.
    private const string StandIns =
        "\u0531\u0561\u1F88\u02EC\u1681\u0483\u0903\u0488\u0E50\u3007\u2460\u2003\u2028\u2029\u0085\u2060\uFFFD\uE000\u203F" +
        "\u2010\u0F3A\u0F3B\u2018\u2019\u0589\u2200\u20A1\u02C2\u2300\u0378";
    private readonly Regex _regex;

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="ArgumentException">The pattern uses syntax that .NET lacks or reads differently.</exception>
    public CodePointRegex(string pattern)
    {
        Pattern = pattern;
        _regex = new Regex(Translated(pattern), Options);
    }

    /// <summary>The pattern as in the file.</summary>
    public string Pattern { get; }

    /// <summary>The matches in order: start and length in UTF-16.</summary>
    public IEnumerable<(int Start, int Length)> Matches(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            for (var match = _regex.Match(text); match.Success; match = match.NextMatch())
                yield return (match.Index, match.Length);
            yield break;
        }

        var shown = new StringBuilder(text.Length);
        var starts = new List<int>(text.Length + 1);
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            starts.Add(at);
            shown.Append(rune.IsBmp ? (char)rune.Value : StandIns[(int)Rune.GetUnicodeCategory(rune)]);
            at += rune.Utf16SequenceLength;
        }

        starts.Add(text.Length);
        for (var match = _regex.Match(shown.ToString()); match.Success; match = match.NextMatch())
            yield return (starts[match.Index], starts[match.Index + match.Length] - starts[match.Index]);
    }

    // The part of Oniguruma's syntax that .NET interprets in the same way; the rest is rejected rather than matched
    // differently.
    private static string Translated(string pattern)
    {
        var result = new StringBuilder(pattern.Length + 16);
        var inClass = false;
        // Whether each open group ignores case: Unicode folds ſ to s, .NET does not.
        var ignoreCase = new Stack<bool>();
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            if (c == '\\' && i + 1 < pattern.Length)
            {
                var next = pattern[++i];
                if (char.IsAsciiLetter(next) && !"rntfvaepPsSdDwWbBAzZxu".Contains(next, StringComparison.Ordinal))
                    throw new ArgumentException($"the escape \\{next} is not supported");
                // .NET's \w lacks some marks and numbers.
                result.Append(next == 'w' ? (inClass ? WordCharacters : $"[{WordCharacters}]")
                    : next == 'W' && !inClass ? $"[^{WordCharacters}]" : $"\\{next}");
                continue;
            }

            if (inClass && (c == '[' || (c == '&' && i + 1 < pattern.Length && pattern[i + 1] == '&')))
                throw new ArgumentException("sets inside character classes are not supported");
            if (c == '(' && !inClass)
                ignoreCase.Push(
                    pattern.AsSpan(i).StartsWith("(?i:", StringComparison.Ordinal) || (ignoreCase.Count > 0 && ignoreCase.Peek()));
            else if (c == ')' && !inClass && ignoreCase.Count > 0)
                ignoreCase.Pop();
            if (c is 's' or 'S' && !inClass && ignoreCase.Count > 0 && ignoreCase.Peek())
            {
                result.Append("[sſ]");
                continue;
            }

            if (c == '[')
                inClass = true;
            // A bracket at the start belongs to the class.
            else if (c == ']' && inClass && pattern[i - 1] != '[' && !(pattern[i - 1] == '^' && pattern[i - 2] == '['))
                inClass = false;
            result.Append(c);
        }

        return result.ToString();
    }
}
