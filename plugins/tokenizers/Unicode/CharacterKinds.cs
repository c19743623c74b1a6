using System.Globalization;
using System.Text;

namespace Tenon.Tokenizers.Unicode;

/// <summary>The classes of characters that the patterns of byte-level vocabularies distinguish.</summary>
internal enum CharacterKind : byte
{
    /// <summary>Everything else, including lone surrogates: <c>[^\s\p{L}\p{N}]</c>.</summary>
    Other,

    /// <summary><c>\p{L}</c>.</summary>
    Letter,

    /// <summary><c>\p{N}</c>.</summary>
    Number,

    /// <summary><c>\s</c> except the two below.</summary>
    Space,

    /// <summary><c>[\r\n]</c>.</summary>
    NewLine,

    /// <summary>The end of the text.</summary>
    End,
}

/// <summary>Classifies characters, including those beyond U+FFFF.</summary>
internal static class CharacterKinds
{
    private static readonly CharacterKind[] Basic =
        [.. Enumerable.Range(0, 0x10000).Select(c => Rune.TryCreate(c, out var rune) ? Of(rune) : CharacterKind.Other)];

    /// <summary>The class of the character at an index, and its length in UTF-16.</summary>
    public static CharacterKind At(ReadOnlySpan<char> text, int index, out int length)
    {
        length = 1;
        if ((uint)index >= (uint)text.Length)
            return CharacterKind.End;
        var c = text[index];
        if (!char.IsHighSurrogate(c) || index + 1 == text.Length || !char.IsLowSurrogate(text[index + 1]))
            return Basic[c];
        length = 2;
        return Of(new Rune(c, text[index + 1]));
    }

    /// <summary>The end of the run of characters of a class that starts at <paramref name="index"/>.</summary>
    public static int EndOfRun(ReadOnlySpan<char> text, int index, CharacterKind kind)
    {
        while (At(text, index, out var length) == kind)
            index += length;
        return index;
    }

    /// <summary>Whether BERT treats a character as punctuation: this includes ASCII symbols such as $ and +.</summary>
    public static bool IsPunctuation(Rune rune) =>
        Rune.IsPunctuation(rune) || (rune.IsAscii && rune.Value > ' ' && rune.Value != 0x7F && !Rune.IsLetterOrDigit(rune));

    private static CharacterKind Of(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        <= UnicodeCategory.OtherLetter => CharacterKind.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterKind.Number,
        _ => rune.Value is '\r' or '\n' ? CharacterKind.NewLine : Rune.IsWhiteSpace(rune) ? CharacterKind.Space : CharacterKind.Other,
    };
}
