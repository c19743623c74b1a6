using System.Globalization;
using System.Text;
using Tenon.Tokenizers.SentencePiece;

namespace Tenon.Tokenizers.Normalizers;

/// <summary>
/// The <c>Precompiled</c> normalizer: SentencePiece's character map, applied to grapheme clusters as Hugging Face's tokenizers
/// do. A short cluster is replaced entirely by the shortest prefix in the map.
/// </summary>
internal sealed class Precompiled(CharacterMap map) : Normalizer
{
    private const int MaxClusterLength = 5;

    public override string Normalize(string text)
    {
        var result = new StringBuilder(text.Length);
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = 0, length; i < text.Length; i += length)
        {
            // An ASCII character before another one is a cluster, except in a line break of two characters.
            if (text[i] is not '\r' and < '\u0080' && !map.Changes(text[i]) && (i + 1 == text.Length || text[i + 1] < '\u0080'))
            {
                result.Append(text[i]);
                length = 1;
                continue;
            }

            length = StringInfo.GetNextTextElementLength(text, i);
            var cluster = text.AsSpan(i, length);
            if (Encoding.UTF8.GetByteCount(cluster) <= MaxClusterLength
                && map.Find(Encoding.UTF8.GetBytes(cluster.ToString()), longest: false, out _) is { } whole)
            {
                result.Append(whole);
                continue;
            }

            foreach (var rune in cluster.EnumerateRunes())
                result.Append(map.Find(utf8[..rune.EncodeToUtf8(utf8)], longest: false, out _) ?? rune.ToString());
        }

        return result.ToString();
    }
}
