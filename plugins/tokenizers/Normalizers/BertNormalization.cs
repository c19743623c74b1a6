using System.Globalization;
using System.Text;
using Tenon.Tokenizers.Unicode;
using Tenon.Tokenizers.WordPiece;

namespace Tenon.Tokenizers.Normalizers;

/// <summary>
/// BERT's text normalization, in the order of its reference code: removes control characters, turns white space into spaces,
/// separates ideographs, strips accents, lowercases.
/// </summary>
/// <remarks>Lone surrogates count as U+FFFD, which BERT removes.</remarks>
internal sealed class BertNormalization(BertRules rules) : Normalizer
{
    public override string Normalize(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rules.CleanText && rune.Value is '\t' or '\n' or '\r')
                result.Append(' ');
            else if (!rules.CleanText || (rune.Value != 0 && rune != Rune.ReplacementChar && !IsControl(rune)))
                AppendClean(result, rune);
        }

        return result.ToString();
    }

    private void AppendClean(StringBuilder text, Rune rune)
    {
        if (rules.CleanText && Rune.IsWhiteSpace(rune))
        {
            text.Append(' ');
            return;
        }

        if (rune.IsAscii)
        {
            text.Append(rules.Lowercase ? char.ToLowerInvariant((char)rune.Value) : (char)rune.Value);
            return;
        }

        var isSeparate = rules.SplitIdeographs && IsIdeograph(rune.Value);
        if (isSeparate)
            text.Append(' ');
        var start = text.Length;
        if (rules.StripAccents)
            UnicodeNormalization.AppendUnaccented(text, rune);
        else
            text.Append(rune.ToString());
        if (rules.Lowercase)
        {
            var small = Lowercase.Of(text.ToString(start, text.Length - start));
            text.Length = start;
            text.Append(small);
        }

        if (isSeparate)
            text.Append(' ');
    }

    private static bool IsControl(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;

    // The blocks that BERT's reference code calls Chinese characters.
    private static bool IsIdeograph(int c) => c
        is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
