using System.Text;

namespace Tenon.Tokenizers.Tests;

/// <summary>Texts that tests share.</summary>
internal static class TestTexts
{
    public static IReadOnlyList<string> Tricky { get; } =
    [
        "",
        " ",
        "  \t\n\r\n   ",
        "I'm sure they'll say it's what we'd've done, don't they're? 'tis 'S",
        "x  y   z\n\n  indented\u00a0\u2003text ",
        "naïve café Ærøskøbing ﬁn e\u0301",
        "日本語のテキスト 中文 한국어",
        "emoji 😀👨‍👩‍👧 flags 🇩🇪",
        "mathematical 𝒜𝓑𝟏𝟐! and 𐐀",
        "numbers 12345 ½ ² Ⅷ",
        "<|endoftext|> [MASK] </s>",
        "control \u0000\u0001\u001c\u0085 \u200b",
    ];

    /// <summary>Random text of valid characters of all planes, with many spaces, letters and quotes.</summary>
    public static string Random(Random random, int length)
    {
        var text = new StringBuilder();
        while (text.Length < length)
        {
            var value = random.Next(6) switch
            {
                0 => ' ',
                1 => random.Next('a', 'z' + 1),
                2 => random.Next(0, 0x80),
                3 => random.Next(0x80, 0x3000),
                4 => random.Next(0, 0x10000),
                _ => random.Next(0x10000, 0x110000),
            };
            text.Append((Rune.IsValid(value) ? new Rune(value) : new Rune('\'')).ToString());
        }

        return text.ToString();
    }

    /// <summary>English-like text: words of a small vocabulary with a skewed distribution.</summary>
    public static IEnumerable<string> Corpus(int lines)
    {
        string[] words = ["the", "of", "returns", "value", "specified", "collection", "element", "object", "string", "index", "is", "a",
            "an", "thrown", "when", "contains", "don't"];
        var random = new Random(7);
        for (var i = 0; i < lines; i++)
            yield return string.Join(' ', Enumerable.Range(0, 12)
                .Select(_ => words[(int)(words.Length * Math.Pow(random.NextDouble(), 2))])) + ".";
    }
}

/// <summary>A folder that goes away with the test.</summary>
internal sealed class TestFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("tenon-tokenizers-");

    public string Path => folder.FullName;

    public void Write(string name, string content) => File.WriteAllText(System.IO.Path.Combine(Path, name), content);

    public void Delete(string name) => File.Delete(System.IO.Path.Combine(Path, name));

    public string Read(string name) => File.ReadAllText(System.IO.Path.Combine(Path, name));

    public void Dispose() => folder.Delete(recursive: true);
}
