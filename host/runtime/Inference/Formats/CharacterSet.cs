using System.Text;

namespace Tenon.Host.Inference.Formats;

/// <summary>A set of Unicode characters (code points that are not surrogates) as sorted, separate ranges.</summary>
internal sealed class CharacterSet
{
    private const int LastBeforeSurrogates = 0xD7FF, FirstAfterSurrogates = 0xE000, Last = 0x10FFFF;

    // The last code points with one, two, three and four bytes in UTF-8.
    private static readonly int[] Limits = [0x7F, 0x7FF, 0xFFFF, Last];

    private CharacterSet(IReadOnlyList<(int First, int Last)> ranges) => Ranges = ranges;

    /// <summary>All characters.</summary>
    public static CharacterSet All { get; } = new([(0, LastBeforeSurrogates), (FirstAfterSurrogates, Last)]);

    /// <summary>First and last code point of each range, in order.</summary>
    public IReadOnlyList<(int First, int Last)> Ranges { get; }

    /// <summary>Whether the set has no character.</summary>
    public bool IsEmpty => Ranges.Count == 0;

    /// <summary>The characters of a text.</summary>
    public static CharacterSet Of(string characters) => Of(characters.EnumerateRunes().Select(rune => (rune.Value, rune.Value)));

    /// <summary>The characters in ranges, which may overlap. Surrogates are omitted.</summary>
    public static CharacterSet Of(IEnumerable<(int First, int Last)> ranges)
    {
        var sorted = new List<(int First, int Last)>();
        foreach ((int first, int last) in ranges.SelectMany(WithoutSurrogates).OrderBy(range => range.First))
        {
            if (sorted.Count > 0 && first <= sorted[^1].Last + 1)
                sorted[^1] = (sorted[^1].First, Math.Max(sorted[^1].Last, last));
            else
                sorted.Add((first, last));
        }

        return new CharacterSet(sorted);
    }

    /// <summary>The characters of both sets.</summary>
    public CharacterSet Union(CharacterSet other) => Of([.. Ranges, .. other.Ranges]);

    /// <summary>All characters that are not in the set.</summary>
    public CharacterSet Complement()
    {
        var others = new List<(int First, int Last)>();
        int next = 0;
        foreach ((int first, int last) in Ranges)
        {
            others.Add((next, first - 1));
            next = last + 1;
        }

        return Of([.. others, (next, Last)]);
    }

    /// <summary>The characters that are not in another set.</summary>
    public CharacterSet Except(CharacterSet other) => Complement().Union(other).Complement();

    /// <summary>Whether a code point is in the set.</summary>
    public bool Contains(int character) => Ranges.Any(range => range.First <= character && character <= range.Last);

    /// <summary>
    /// The UTF-8 of the characters as sequences of byte ranges: a character is in the set if and only if its bytes are in the ranges of
    /// one sequence.
    /// </summary>
    public IEnumerable<(byte First, byte Last)[]> Utf8()
    {
        foreach ((int start, int last) in Ranges)
        {
            int first = start;
            foreach (int limit in Limits.Where(each => each >= start))
            {
                if (first > last)
                    break;
                foreach ((byte First, byte Last)[] sequence in OfOneLength(first, Math.Min(last, limit)))
                    yield return sequence;
                first = limit + 1;
            }
        }
    }

    private static IEnumerable<(int First, int Last)> WithoutSurrogates((int First, int Last) range) =>
        new[]
        {
            (range.First, Math.Min(range.Last, LastBeforeSurrogates)), (Math.Max(range.First, FirstAfterSurrogates), range.Last),
        }.Where(part => part.Item1 <= part.Item2);

    // Splits a range until all trailing bytes, of six bits each, take all their values or only one.
    private static IEnumerable<(byte First, byte Last)[]> OfOneLength(int first, int last)
    {
        int bytes = Encode(first).Length;
        for (int trailing = 1; trailing < bytes; trailing++)
        {
            int mask = (1 << (6 * trailing)) - 1;
            if ((first & ~mask) == (last & ~mask))
                continue;
            int split = (first & mask) != 0 ? (first | mask) + 1 : (last & mask) != mask ? last & ~mask : first;
            if (split != first)
                return OfOneLength(first, split - 1).Concat(OfOneLength(split, last));
        }

        return [[.. Encode(first).Zip(Encode(last))]];
    }

    private static byte[] Encode(int character) => Encoding.UTF8.GetBytes(new Rune(character).ToString());
}
