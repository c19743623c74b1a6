using System.Globalization;
using System.Text;

namespace Tenon.Tokenizers.Unicode;

/// <summary>
/// The normalization forms NFD, NFC, NFKD and NFKC (Unicode Standard Annex 15). Needed because
/// <see cref="string.Normalize()"/> returns its input in a program with invariant globalization. The data is Unicode 9's, as in
/// Hugging Face's tokenizers: later versions order newer marks differently.
/// </summary>
internal static class UnicodeNormalization
{
    private const string Resource = "unicode-normalization.txt.gz";
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int Leads = 19, Vowels = 21, Tails = 28, Syllables = Leads * Vowels * Tails;
    private static readonly Data Unicode = Read();

    /// <summary>Normalizes a text.</summary>
    /// <param name="text">Without lone surrogates.</param>
    /// <param name="compatibility">Whether compatibility characters (ligatures, full-width letters) are also decomposed.</param>
    /// <param name="compose">Whether the result is composed (NFC, NFKC) or decomposed (NFD, NFKD).</param>
    public static string Normalize(string text, bool compatibility, bool compose)
    {
        if (IsNormal(text, compatibility, compose))
            return text;
        var runes = new List<int>(text.Length + 8);
        foreach (var rune in text.EnumerateRunes())
            Decompose(rune.Value, compatibility, runes);
        Reorder(runes);
        if (compose)
            Compose(runes);
        var result = new StringBuilder(runes.Count);
        foreach (var rune in runes)
            Append(result, rune);
        return result.ToString();
    }

    /// <summary>Appends the canonical decomposition of a character without its nonspacing marks: the letter without accents.</summary>
    public static void AppendUnaccented(StringBuilder text, Rune rune)
    {
        if (rune.IsAscii)
        {
            text.Append((char)rune.Value);
            return;
        }

        var runes = new List<int>(4);
        Decompose(rune.Value, compatibility: false, runes);
        foreach (var part in runes)
        {
            if (Rune.GetUnicodeCategory(new Rune(part)) != UnicodeCategory.NonSpacingMark)
                Append(text, part);
        }
    }

    // A sufficient condition that holds for nearly all texts: no character changes or combines with the previous one.
    private static bool IsNormal(string text, bool compatibility, bool compose)
    {
        var first = text.AsSpan().IndexOfAnyExceptInRange('\0', compose && !compatibility ? '\u02FF' : compatibility ? '\u009F' : '\u00BF');
        if (first < 0)
            return true;
        var changes = (compatibility, compose) switch
        {
            (false, true) => Unicode.ChangesInNfc,
            (true, true) => Unicode.ChangesInNfkc,
            (false, false) => Unicode.ChangesInNfd,
            _ => Unicode.ChangesInNfkd,
        };
        foreach (var rune in text.AsSpan(first).EnumerateRunes())
        {
            if (rune.IsBmp
                ? changes[rune.Value]
                : Unicode.Decompositions.ContainsKey(rune.Value) || Unicode.Classes.ContainsKey(rune.Value)
                || Unicode.Seconds.Contains(rune.Value))
                return false;
        }

        return true;
    }

    private static void Decompose(int rune, bool compatibility, List<int> runes)
    {
        if (rune is >= HangulBase and < HangulBase + Syllables)
        {
            // The Unicode Standard, section 3.12: a syllable's code point is computed from its lead, vowel and tail.
            var index = rune - HangulBase;
            runes.Add(LeadBase + index / (Vowels * Tails));
            runes.Add(VowelBase + index % (Vowels * Tails) / Tails);
            if (index % Tails > 0)
                runes.Add(TailBase + index % Tails);
        }
        else if (Unicode.Decompositions.TryGetValue(rune, out var parts) && (compatibility || parts.Canonical))
        {
            foreach (var part in parts.Runes)
                Decompose(part, compatibility, runes);
        }
        else
        {
            runes.Add(rune);
        }
    }

    // Stable sort of each run of combining marks by class. A run may be as long as the text.
    private static void Reorder(List<int> runes)
    {
        for (int start = 0, end; start < runes.Count; start = end + 1)
        {
            end = start;
            var sorted = true;
            for (int order, previous = 0; end < runes.Count && (order = Class(runes[end])) != 0; end++, previous = order)
                sorted &= order >= previous;
            if (sorted)
                continue;
            foreach (var (offset, rune) in runes[start..end].OrderBy(Class).Index())
                runes[start + offset] = rune;
        }
    }

    private static void Compose(List<int> runes)
    {
        int starter = -1, lastClass = 0, length = 0;
        for (var i = 0; i < runes.Count; i++)
        {
            var rune = runes[i];
            var order = Class(rune);
            // A mark combines with the last starter unless another starter or a mark of its own class is between them.
            var blocked = starter < 0 || (length > starter + 1 && (lastClass >= order || lastClass == 0));
            if (!blocked && Composite(runes[starter], rune) is { } composite)
            {
                runes[starter] = composite;
                continue;
            }

            if (order == 0)
                starter = length;
            lastClass = order;
            runes[length++] = rune;
        }

        runes.RemoveRange(length, runes.Count - length);
    }

    private static int? Composite(int first, int second)
    {
        if (first is >= LeadBase and < LeadBase + Leads && second is >= VowelBase and < VowelBase + Vowels)
            return HangulBase + ((first - LeadBase) * Vowels + second - VowelBase) * Tails;
        if (first is >= HangulBase and < HangulBase + Syllables && (first - HangulBase) % Tails == 0
            && second is > TailBase and < TailBase + Tails)
            return first + second - TailBase;
        return Unicode.Composites.TryGetValue(((long)first << 32) | (uint)second, out var composite) ? composite : null;
    }

    private static int Class(int rune) => rune < 0x300 ? 0 : Unicode.Classes.GetValueOrDefault(rune);

    private static void Append(StringBuilder text, int rune)
    {
        if (rune <= char.MaxValue)
            text.Append((char)rune);
        else
            text.Append(char.ConvertFromUtf32(rune));
    }

    // Lines of the resource: C, X or K (canonical, canonical but excluded from composition, compatibility), a code point and
    // its decomposition; R, the first and last code points of a run, and their combining class.
    private static Data Read()
    {
        var data = new Data();
        foreach (var line in ShippedTexts.Lines(Resource))
        {
            var parts = line.Split(' ');
            int[] points =
                [.. parts.Skip(1).Take(parts[0] == "R" ? 2 : parts.Length)
                    .Select(point => int.Parse(point, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            if (parts[0] == "R")
            {
                for (var rune = points[0]; rune <= points[1]; rune++)
                    data.Classes.Add(rune, byte.Parse(parts[3], CultureInfo.InvariantCulture));
                continue;
            }

            data.Decompositions.Add(points[0], (points[1..], parts[0] != "K"));
            if (parts[0] == "C" && points.Length == 3)
            {
                data.Composites.Add(((long)points[1] << 32) | (uint)points[2], points[0]);
                data.Seconds.Add(points[2]);
            }

            if (points[0] > char.MaxValue)
                continue;
            data.ChangesInNfkd[points[0]] = true;
            data.ChangesInNfd[points[0]] = parts[0] != "K";
            data.ChangesInNfc[points[0]] = parts[0] == "X";
            data.ChangesInNfkc[points[0]] = parts[0] != "C";
        }

        // Canonical composites of compatibility characters, such as U+1E9B, change in NFKC as well.
        foreach (var (rune, (runes, _)) in data.Decompositions)
        {
            if (rune <= char.MaxValue && runes.Any(part => data.Decompositions.TryGetValue(part, out var inner) && !inner.Canonical))
                data.ChangesInNfkc[rune] = true;
        }

        for (var rune = HangulBase; rune < HangulBase + Syllables; rune++)
            (data.ChangesInNfd[rune], data.ChangesInNfkd[rune]) = (true, true);
        foreach (var table in new[] { data.ChangesInNfd, data.ChangesInNfkd })
            Mark(table, data.Classes.Keys);
        foreach (var table in new[] { data.ChangesInNfc, data.ChangesInNfkc })
            Mark(table, [.. data.Classes.Keys, .. data.Seconds, .. Enumerable.Range(VowelBase, Vowels),
                .. Enumerable.Range(TailBase, Tails)]);
        return data;

        static void Mark(bool[] table, IEnumerable<int> runes)
        {
            foreach (var rune in runes.Where(rune => rune <= char.MaxValue))
                table[rune] = true;
        }
    }

    private sealed class Data
    {
        public Dictionary<int, (int[] Runes, bool Canonical)> Decompositions { get; } = [];

        public Dictionary<long, int> Composites { get; } = [];

        public Dictionary<int, byte> Classes { get; } = [];

        // Second characters of composites.
        public HashSet<int> Seconds { get; } = [];

        public bool[] ChangesInNfc { get; } = new bool[0x10000];

        public bool[] ChangesInNfd { get; } = new bool[0x10000];

        public bool[] ChangesInNfkc { get; } = new bool[0x10000];

        public bool[] ChangesInNfkd { get; } = new bool[0x10000];
    }
}
