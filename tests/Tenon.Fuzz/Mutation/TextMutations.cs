using System.Text;
using System.Text.RegularExpressions;

namespace Tenon.Fuzz.Mutation;

/// <summary>Changes words, numbers and lines of texts.</summary>
/// <param name="words">Words of the format.</param>
internal sealed partial class TextMutations(IReadOnlyList<string> words)
{
    private const int MostRepetitions = 200;

    // Texts that readers of many formats treat specially, or forget to.
    private static readonly string[] _common =
    [
        "", " ", "\n", "\r\n", "\t", "\0", "\u001b[31m", "\uFEFF", "\uFFFD", "\u202E", "\u0130", "é", "e\u0301", "😀", "\\", "\\ud800",
        "\\u0000", "\"", "'", "{", "}", "[", "]", "(", ")", "<", ">", ",", ":", ";", "|", "/", "..", "../", "*", "?", "+", "%", "%s",
        "#", "//", "/*", "null", "true", "false", "NaN", "Infinity", "-", "_", "=", "&", "$", "@", "~", "`", "C:\\", "/dev/null",
        "\u00AD", "\u200D",
    ];

    private static readonly string[] _numbers =
    [
        "0", "-0", "1", "-1", "00", "0.5", "1e999", "-1e999", "1e-999", "1e5", "127", "128", "255", "256", "65535", "65536", "1000000",
        "2147483647", "2147483648", "-2147483648", "4294967296", "9007199254740993", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "18446744073709551616", "99999999999999999999999999", "1.7976931348623157e308", "0x10", "1_000", "1.",
        ".1",
    ];

    /// <summary>Returns a changed copy. Bytes that are not UTF-8 are replaced.</summary>
    public byte[] Mutate(byte[] input, SeededRandom random) => Encoding.UTF8.GetBytes(Changed(Encoding.UTF8.GetString(input), random));

    private string Changed(string text, SeededRandom random)
    {
        int at = (int)random.Next(text.Length + 1);
        int length = (int)Math.Min(1 + random.Next(20), text.Length - at);
        return random.Next(7) switch
        {
            0 => text.Insert(at, Word(random)),
            1 => string.Concat(text.AsSpan(0, at), Word(random), text.AsSpan(at + length)),
            2 => Number(text, random) ?? text.Insert(at, Pick(_numbers, random)),
            3 => text.Insert(at, string.Concat(Enumerable.Repeat(Word(random), (int)random.Next(MostRepetitions)))),
            4 => text.Remove(at, length),
            5 => Line(text, random),
            _ => text.Insert(at, text.Substring(at, length)),
        };
    }

    private string Word(SeededRandom random) =>
        words.Count > 0 && random.Next(3) > 0 ? words[(int)random.Next(words.Count)] : Pick(_common, random);

    private static string? Number(string text, SeededRandom random)
    {
        MatchCollection numbers = Numbers().Matches(text);
        if (numbers.Count == 0)
            return null;
        Match chosen = numbers[(int)random.Next(numbers.Count)];
        return string.Concat(text.AsSpan(0, chosen.Index), Pick(_numbers, random), text.AsSpan(chosen.Index + chosen.Length));
    }

    // Removes, doubles or moves a line.
    private static string Line(string text, SeededRandom random)
    {
        List<string> lines = [.. text.Split('\n')];
        int chosen = (int)random.Next(lines.Count);
        string line = lines[chosen];
        int change = (int)random.Next(3);
        if (change != 1)
            lines.RemoveAt(chosen);
        if (change != 0)
            lines.Insert((int)random.Next(lines.Count + 1), line);
        return string.Join('\n', lines);
    }

    private static string Pick(string[] texts, SeededRandom random) => texts[random.Next(texts.Length)];

    [GeneratedRegex(@"-?\d+(\.\d+)?([eE][+-]?\d+)?")]
    private static partial Regex Numbers();
}
