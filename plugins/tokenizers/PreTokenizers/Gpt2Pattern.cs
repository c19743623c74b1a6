using Tenon.Tokenizers.Unicode;

namespace Tenon.Tokenizers.PreTokenizers;

/// <summary>
/// Splits text as GPT-2's pattern does:
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.
/// </summary>
internal sealed class Gpt2Pattern : PatternPreTokenizer
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    public static Gpt2Pattern Instance { get; } = new();

    public override int PieceEnd(ReadOnlySpan<char> text, int start)
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
        var kind = CharacterKinds.At(text, first, out var length);
        if (kind is CharacterKind.Letter or CharacterKind.Number or CharacterKind.Other)
            return CharacterKinds.EndOfRun(text, first + length, kind);

        // White space, except its last character, which belongs to the next word.
        var after = start;
        while (CharacterKinds.At(text, after, out _) is CharacterKind.Space or CharacterKind.NewLine)
            after++;
        return after == text.Length || after == start + 1 ? after : after - 1;
    }
}
