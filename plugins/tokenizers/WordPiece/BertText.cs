using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace Tenon.Tokenizers.WordPiece;

/// <summary>
/// BERT's text normalization, in the order of its reference code: removes control characters, turns white space into spaces,
/// separates ideographs, strips accents, lowercases.
/// </summary>
/// <remarks>Lone surrogates count as U+FFFD, which BERT removes.</remarks>
internal sealed class BertNormalization(BertRules rules) : Normalizer
{
    public override string Normalize(string original) => Normalize(original.AsSpan());

    public override string Normalize(ReadOnlySpan<char> original)
    {
        var text = new StringBuilder(original.Length);
        foreach (var rune in original.EnumerateRunes())
        {
            if (rune.Value is '\t' or '\n' or '\r')
                text.Append(' ');
            else if (rune != Rune.ReplacementChar && !IsControl(rune))
                AppendClean(text, rune);
        }

        return text.ToString();
    }

    private void AppendClean(StringBuilder text, Rune rune)
    {
        if (Rune.IsWhiteSpace(rune))
        {
            text.Append(' ');
            return;
        }

        var apart = rules.SplitIdeographs && IsIdeograph(rune.Value);
        if (apart)
            text.Append(' ');
        var start = text.Length;
        if (rules.StripAccents)
            Unaccented.Append(text, rune);
        else
            text.Append(rune.ToString());
        if (rules.Lowercase)
        {
            var small = text.ToString(start, text.Length - start).ToLowerInvariant();
            text.Length = start;
            text.Append(small);
        }

        if (apart)
            text.Append(' ');
    }

    private static bool IsControl(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    // The blocks that BERT's reference code calls Chinese characters.
    private static bool IsIdeograph(int c) => c
        is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}

/// <summary>BERT's words: runs between white space, each punctuation mark on its own.</summary>
internal sealed class BertWords : PreTokenizer
{
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => PreTokenize(text.AsSpan());

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text)
    {
        var words = new List<(int, int)>();
        int start = 0, position = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var space = Rune.IsWhiteSpace(rune);
            var mark = IsPunctuation(rune);
            if ((space || mark) && position > start)
                words.Add((start, position - start));
            if (mark)
                words.Add((position, rune.Utf16SequenceLength));
            position += rune.Utf16SequenceLength;
            if (space || mark)
                start = position;
        }

        if (position > start)
            words.Add((start, position - start));
        return words;
    }

    // ASCII symbols such as $ and + count too, although Unicode does not class them as punctuation.
    private static bool IsPunctuation(Rune rune) =>
        Rune.IsPunctuation(rune) || (rune.IsAscii && rune.Value > ' ' && rune.Value != 0x7F && !Rune.IsLetterOrDigit(rune));
}
