using System.Globalization;

namespace Tenon.Layers;

/// <summary>Divides a passage into the words between which a span may start and end.</summary>
internal static class PassageWords
{
    /// <summary>
    /// Returns the words as ranges of UTF-16 characters, in order. As in BERT's tokenizer, each punctuation mark and each ideograph is a
    /// word by itself; white space belongs to no word.
    /// </summary>
    /// <param name="passage">The passage.</param>
    public static IEnumerable<(int Start, int End)> Split(string passage)
    {
        int start = -1;
        for (int at = 0, length; at < passage.Length; at += length)
        {
            length = char.IsSurrogatePair(passage, at) ? 2 : 1;
            bool isSpace = char.IsWhiteSpace(passage[at]);
            bool isAlone = !isSpace && IsAlone(passage, at);
            if (start >= 0 && (isSpace || isAlone))
            {
                yield return (start, at);
                start = -1;
            }

            if (isAlone)
                yield return (at, at + length);
            else if (!isSpace && start < 0)
                start = at;
        }

        if (start >= 0)
            yield return (start, passage.Length);
    }

    private static bool IsAlone(string passage, int at)
    {
        if (char.IsAscii(passage[at]))
            return !char.IsAsciiLetterOrDigit(passage[at]);
        return CharUnicodeInfo.GetUnicodeCategory(passage, at) switch
        {
            UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation
                or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation
                or UnicodeCategory.OtherPunctuation => true,
            _ => IsIdeograph(char.IsSurrogatePair(passage, at) ? char.ConvertToUtf32(passage, at) : passage[at]),
        };
    }

    // The blocks of CJK Unified Ideographs and their compatibility forms.
    private static bool IsIdeograph(int rune) => rune is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF)
        or (>= 0x2A700 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
