using System.Text;
using Tenon.Tokenizers.Normalizers;

namespace Tenon.Tokenizers.SentencePiece;

/// <summary>
/// SentencePiece's own normalization: the longest prefix in the character map is replaced, from left to right; extra spaces are
/// removed; a text starts with a space; spaces are spelled ▁.
/// </summary>
internal sealed class SentencePieceNormalizer(ModelFile model) : Normalizer
{
    private const char Mark = '▁';
    private readonly CharacterMap? _map = model.CharacterMap.Length > 0 ? new CharacterMap(model.CharacterMap) : null;

    public override string Normalize(string text)
    {
        var result = new StringBuilder(text.Length + 1);
        var afterSpace = true;
        foreach (var c in Mapped(text))
        {
            if (c != ' ')
                result.Append(c);
            else if (!model.RemovesExtraSpaces || !afterSpace)
                result.Append(Mark);
            afterSpace = c == ' ';
        }

        while (model.RemovesExtraSpaces && result.Length > 0 && result[^1] == Mark)
            result.Length--;
        if (model.AddsPrefix && result.Length > 0)
            result.Insert(0, Mark);
        return result.ToString();
    }

    private string Mapped(string text)
    {
        if (_map is null)
            return text;
        var utf8 = Encoding.UTF8.GetBytes(text);
        var result = new StringBuilder(text.Length);
        for (int at = 0, length; at < utf8.Length; at += length)
        {
            if (_map.Find(utf8.AsSpan(at), longest: true, out length) is { } replacement)
            {
                result.Append(replacement);
                continue;
            }

            Rune.DecodeFromUtf8(utf8.AsSpan(at), out var rune, out length);
            result.Append(rune.ToString());
        }

        return result.ToString();
    }
}
