using Tenon.Tokenizers.Unicode;

namespace Tenon.Tokenizers.PreTokenizers;

/// <summary>
/// Splits text as the pattern of Llama 3 (three digits at most) and of Qwen 2 and 3 (one digit) does:
/// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
/// </summary>
internal sealed class Llama3Pattern(int digits) : PatternPreTokenizer
{
    private const string Start = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|";
    private const string End = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>The pattern for a regular expression that this class implements, or null.</summary>
    public static Llama3Pattern? Find(string pattern) => pattern switch
    {
        Start + @"\p{N}{1,3}" + End => new Llama3Pattern(3),
        Start + @"\p{N}" + End => new Llama3Pattern(1),
        _ => null,
    };

    public override int PieceEnd(ReadOnlySpan<char> text, int start)
    {
        if (text[start] == '\'' && Contraction(text[(start + 1)..]) is > 0 and var contraction)
            return start + 1 + contraction;
        var kind = CharacterKinds.At(text, start, out var length);
        var next = start + length;
        if (kind == CharacterKind.Letter)
            return CharacterKinds.EndOfRun(text, next, CharacterKind.Letter);
        if (kind == CharacterKind.Number)
        {
            for (var count = 1; count < digits && CharacterKinds.At(text, next, out length) == CharacterKind.Number; count++)
                next += length;
            return next;
        }

        // One sign or space may begin a word, and a space may begin a run of signs, to which line breaks are added.
        if (kind != CharacterKind.NewLine && CharacterKinds.At(text, next, out _) == CharacterKind.Letter)
            return CharacterKinds.EndOfRun(text, next, CharacterKind.Letter);
        if (kind == CharacterKind.Other || (text[start] == ' ' && CharacterKinds.At(text, next, out _) == CharacterKind.Other))
            return CharacterKinds.EndOfRun(text, CharacterKinds.EndOfRun(text, next, CharacterKind.Other), CharacterKind.NewLine);

        // White space up to its last line break, otherwise up to its last character, which belongs to the next word.
        int after = start, afterLine = start;
        while (CharacterKinds.At(text, after, out _) is var space and (CharacterKind.Space or CharacterKind.NewLine))
        {
            after++;
            if (space == CharacterKind.NewLine)
                afterLine = after;
        }

        if (afterLine > start)
            return afterLine;
        return after == text.Length || after == start + 1 ? after : after - 1;
    }

    // Case-insensitive; ſ and K are the variants of s and k outside ASCII, and no contraction has a k.
    private static int Contraction(ReadOnlySpan<char> rest)
    {
        if (rest.Length > 1 && ((char)(rest[0] | 0x20), (char)(rest[1] | 0x20)) is ('r', 'e') or ('v', 'e') or ('l', 'l')
            && char.IsAsciiLetter(rest[0]) && char.IsAsciiLetter(rest[1]))
            return 2;
        return rest.Length > 0 && rest[0] is 's' or 'S' or 'ſ' or 't' or 'T' or 'm' or 'M' or 'd' or 'D' ? 1 : 0;
    }
}
