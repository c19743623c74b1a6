using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace Tenon.Tokenizers.BytePair;

/// <summary>
/// Splits text as GPT-2's pattern does:
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.
/// </summary>
/// <remarks>
/// Not <see cref="RegexPreTokenizer"/>: .NET's regular expressions match UTF-16 code units, so a letter or digit beyond
/// U+FFFF would count as punctuation, and some texts would get different ids than with GPT-2.
/// </remarks>
internal sealed class Gpt2PreTokenizer : PreTokenizer
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum Kind
    {
        Letter,
        Number,
        Space,
        Other,
        End,
    }

    public static Gpt2PreTokenizer Instance { get; } = new();

    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = PieceEnd(text, start);
            yield return (start, end - start);
            start = end;
        }
    }

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text)
    {
        var pieces = new List<(int, int)>();
        for (var start = 0; start < text.Length;)
        {
            var end = PieceEnd(text, start);
            pieces.Add((start, end - start));
            start = end;
        }

        return pieces;
    }

    /// <summary>The end of the piece that starts at <paramref name="start"/>; always greater than it.</summary>
    public static int PieceEnd(ReadOnlySpan<char> text, int start)
    {
        if (text[start] == '\'')
        {
            foreach (var contraction in Contractions)
            {
                if (text[start..].StartsWith(contraction, StringComparison.Ordinal))
                    return start + contraction.Length;
            }
        }

        // A run of one character class, with an optional space before it.
        var first = text[start] == ' ' ? start + 1 : start;
        var kind = KindAt(text, first, out var length);
        if (kind is Kind.Letter or Kind.Number or Kind.Other)
        {
            var end = first + length;
            while (KindAt(text, end, out length) == kind)
                end += length;
            return end;
        }

        // White space, except its last character, which belongs to the next word.
        var after = start;
        while (KindAt(text, after, out length) == Kind.Space)
            after += length;
        return after == text.Length || after == start + 1 ? after : after - 1;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int index, out int length)
    {
        length = 0;
        if (index >= text.Length)
            return Kind.End;
        if (Rune.DecodeFromUtf16(text[index..], out var rune, out length) != OperationStatus.Done)
            return Kind.Other;
        return Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Rune.IsWhiteSpace(rune) ? Kind.Space : Kind.Other,
        };
    }
}
