using System.Globalization;
using System.Text;

namespace Tenon.Tokenizers.Jinja;

/// <summary>Python's string functions that filters and methods share.</summary>
internal static class Strings
{
    /// <summary>First letter upper case, others lower case.</summary>
    public static string Capitalize(string text) => text.Length == 0 ? text : Upper(text, out string rest) + rest.ToLowerInvariant();

    /// <summary>Python's <c>str.title</c>: each letter after a character that is not a letter is upper case, others lower case.</summary>
    public static string Title(string text) => Title(text, static previous => !Rune.IsLetter(previous));

    /// <summary>Jinja's filter <c>title</c>: words begin after whitespace, hyphens and opening brackets.</summary>
    public static string TitleWords(string text) =>
        Title(text, static previous => Rune.IsWhiteSpace(previous) || previous.Value is '-' or '(' or '{' or '[' or '<');

    private static string Title(string text, Func<Rune, bool> precedesWord)
    {
        var result = new StringBuilder(text.Length);
        var previous = new Rune(' ');
        foreach (Rune rune in text.EnumerateRunes())
        {
            result.Append((precedesWord(previous) ? Rune.ToUpperInvariant(rune) : Rune.ToLowerInvariant(rune)).ToString());
            previous = rune;
        }

        return result.ToString();
    }

    /// <summary>Removes whitespace, or the given characters, from the ends.</summary>
    public static string Strip(string text, string? characters, bool left, bool right)
    {
        char[]? set = characters?.ToCharArray();
        text = left ? text.TrimStart(set) : text;
        return right ? text.TrimEnd(set) : text;
    }

    /// <summary>Replaces occurrences from the left; a negative count replaces all.</summary>
    public static string Replace(string text, string old, string replacement, long count, int line)
    {
        var result = new StringBuilder();
        int at = 0;
        for (long done = 0; count < 0 || done < count; done++)
        {
            int found = old.Length == 0 ? at : text.IndexOf(old, at, StringComparison.Ordinal);
            if (found < 0)
                break;
            result.Append(text, at, found - at).Append(replacement);
            Rendering.CheckLength(result.Length, line);
            at = found + old.Length;
            if (old.Length > 0)
                continue;
            if (at == text.Length)
                return result.ToString();
            result.Append(text[at++]);
        }

        return result.Append(text, at, text.Length - at).ToString();
    }

    /// <summary>Python's <c>split</c> and <c>rsplit</c>; a negative limit means no limit.</summary>
    public static Sequence Split(string text, string? separator, long limit, bool fromRight, Arguments arguments)
    {
        if (separator is { Length: 0 })
            throw arguments.Error("needs a separator that is not empty");
        List<string> parts = separator is null ? Words(text) : [.. text.Split(separator)];
        if (limit < 0 || parts.Count <= limit + 1)
            return new Sequence(parts);
        if (separator is not null)
        {
            int cut = parts.Count - (int)limit;
            return fromRight
                ? new Sequence([string.Join(separator, parts.Take(cut)), .. parts.Skip(cut)])
                : new Sequence([.. parts.Take((int)limit), string.Join(separator, parts.Skip((int)limit))]);
        }

        return new Sequence(fromRight ? SplitWordsFromRight(text, limit) : SplitWords(text, limit));
    }

    /// <summary>Whether there are cased letters and all of them are upper case.</summary>
    public static bool IsUpper(string text) => text.Any(char.IsUpper) && !text.Any(char.IsLower);

    /// <summary>Whether there are cased letters and all of them are lower case.</summary>
    public static bool IsLower(string text) => text.Any(char.IsLower) && !text.Any(char.IsUpper);

    /// <summary>The words between whitespace.</summary>
    public static List<string> Words(string text) => [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)];

    private static string Upper(string text, out string rest)
    {
        int length = char.IsHighSurrogate(text[0]) && text.Length > 1 ? 2 : 1;
        rest = text[length..];
        return CultureInfo.InvariantCulture.TextInfo.ToUpper(text[..length]);
    }

    private static List<string> SplitWords(string text, long limit)
    {
        var parts = new List<string>();
        string rest = text.TrimStart();
        while (parts.Count < limit && rest.Length > 0)
        {
            int end = rest.AsSpan().IndexOfAny(Whitespace);
            if (end < 0)
                break;
            parts.Add(rest[..end]);
            rest = rest[end..].TrimStart();
        }

        return rest.Length > 0 ? [.. parts, rest] : parts;
    }

    private static List<string> SplitWordsFromRight(string text, long limit)
    {
        var parts = new List<string>();
        string rest = text.TrimEnd();
        while (parts.Count < limit && rest.Length > 0)
        {
            int start = rest.AsSpan().LastIndexOfAny(Whitespace);
            if (start < 0)
                break;
            parts.Insert(0, rest[(start + 1)..]);
            rest = rest[..start].TrimEnd();
        }

        return rest.Length > 0 ? [rest, .. parts] : parts;
    }

    private static readonly System.Buffers.SearchValues<char> Whitespace = System.Buffers.SearchValues.Create(
        [.. Enumerable.Range(0, char.MaxValue + 1).Select(code => (char)code).Where(char.IsWhiteSpace)]);
}
