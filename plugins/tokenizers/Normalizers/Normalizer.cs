using System.Text;
using Tenon.Tokenizers.Unicode;

namespace Tenon.Tokenizers.Normalizers;

/// <summary>Changes a text before it is split.</summary>
internal abstract class Normalizer
{
    /// <summary>The normalized text.</summary>
    /// <param name="text">Without lone surrogates; not empty.</param>
    public abstract string Normalize(string text);
}

/// <summary>A sequence of normalizers.</summary>
internal sealed class NormalizerSequence(IReadOnlyList<Normalizer> normalizers) : Normalizer
{
    public override string Normalize(string text) => normalizers.Aggregate(text, (current, normalizer) => normalizer.Normalize(current));
}

/// <summary>NFC, NFD, NFKC or NFKD.</summary>
internal sealed class UnicodeForm(bool compatibility, bool compose) : Normalizer
{
    public override string Normalize(string text) => UnicodeNormalization.Normalize(text, compatibility, compose);
}

/// <summary>Lowercases each character.</summary>
internal sealed class Lowercase : Normalizer
{
    public override string Normalize(string text) => Of(text);

    /// <summary>Lowercases with Unicode's full mapping, in which İ becomes two characters.</summary>
    public static string Of(string text) => text.Replace("\u0130", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();
}

/// <summary>Removes combining marks without decomposing characters first.</summary>
internal sealed class StripAccents : Normalizer
{
    public override string Normalize(string text)
    {
        if (System.Text.Ascii.IsValid(text))
            return text;
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune)
                is not (>= System.Globalization.UnicodeCategory.NonSpacingMark and <= System.Globalization.UnicodeCategory.EnclosingMark))
                result.Append(rune.ToString());
        }

        return result.ToString();
    }
}

/// <summary>Removes white space at the ends.</summary>
internal sealed class Strip(bool left, bool right) : Normalizer
{
    public override string Normalize(string text) => (left, right) switch
    {
        (true, true) => text.Trim(),
        (true, false) => text.TrimStart(),
        (false, true) => text.TrimEnd(),
        _ => text,
    };
}

/// <summary>Prepends a text.</summary>
internal sealed class Prepend(string prefix) : Normalizer
{
    public override string Normalize(string text) => text.Length == 0 ? text : prefix + text;
}

/// <summary>Replaces a text.</summary>
internal sealed class ReplaceText(string old, string replacement) : Normalizer
{
    public override string Normalize(string text) => text.Replace(old, replacement, StringComparison.Ordinal);
}

/// <summary>Replaces the matches of a pattern.</summary>
internal sealed class ReplacePattern(CodePointRegex pattern, string replacement) : Normalizer
{
    public override string Normalize(string text)
    {
        var result = new StringBuilder(text.Length);
        var at = 0;
        foreach (var (start, length) in pattern.Matches(text))
        {
            result.Append(text, at, start - at).Append(replacement);
            at = start + length;
        }

        return at == 0 && result.Length == 0 ? text : result.Append(text, at, text.Length - at).ToString();
    }
}
