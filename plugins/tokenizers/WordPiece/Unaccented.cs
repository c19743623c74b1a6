using System.Globalization;
using System.Text;

namespace Tenon.Tokenizers.WordPiece;

/// <summary>
/// Strips accents: canonical decomposition without nonspacing marks. Needed because <see cref="string.Normalize()"/> does
/// nothing in a program with invariant globalization.
/// </summary>
internal static class Unaccented
{
    private const string Resource = "unaccented.txt.gz";
    private static readonly Dictionary<int, string> Table = Read();

    /// <summary>Appends a character without its accents.</summary>
    public static void Append(StringBuilder text, Rune rune)
    {
        if (rune.Value is >= 0xAC00 and <= 0xD7A3)
            AppendHangul(text, rune.Value - 0xAC00);
        else if (Table.TryGetValue(rune.Value, out var rest))
            text.Append(rest);
        else if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark)
            text.Append(rune.ToString());
    }

    // The Unicode Standard, section 3.12: a syllable's code point is computed from its lead, vowel and tail.
    private static void AppendHangul(StringBuilder text, int index)
    {
        const int Vowels = 21, Tails = 28;
        text.Append((char)(0x1100 + index / (Vowels * Tails))).Append((char)(0x1161 + index % (Vowels * Tails) / Tails));
        if (index % Tails > 0)
            text.Append((char)(0x11A7 + index % Tails));
    }

    private static Dictionary<int, string> Read()
    {
        var table = new Dictionary<int, string>();
        foreach (var line in ShippedTexts.Lines(Resource))
        {
            var points = line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(point => int.Parse(point, NumberStyles.HexNumber)).ToArray();
            table.Add(points[0], string.Concat(points.Skip(1).Select(char.ConvertFromUtf32)));
        }

        return table;
    }
}
