using System.Collections;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Resources;
using System.Text;

namespace Tenon.Tokenizers.Tests;

/// <summary>Lines in many languages and scripts, the same in every run on the same SDK.</summary>
internal static class VariedTexts
{
    private static readonly (int First, int Last)[] Scripts =
    [
        ('a', 'z'), ('A', 'Z'), (0xC0, 0x24F), (0x370, 0x3FF), (0x400, 0x4FF), (0x531, 0x587), (0x5D0, 0x5EA), (0x620, 0x64A),
        (0x904, 0x939),
        (0x985, 0x9B9), (0xE01, 0xE3A), (0x10D0, 0x10FF), (0x1200, 0x1248), (0x1780, 0x17B3), (0x3041, 0x3096), (0x30A1, 0x30FA),
        (0x4E00, 0x9FA5),
        (0xAC00, 0xD7A3), (0x1F300, 0x1F64F), (0x1D400, 0x1D4FF), (0x20000, 0x2A000), (0x300, 0x32F), (0x2460, 0x24FF), (0xFF01, 0xFF5E),
        (0xFB00, 0xFB06),
    ];

    private static readonly string[] Fragments =
    [
        " ", " ", " ", "  ", "   ", "\t", "\n", "\n\n", "\r\n", " \n ", "\u00a0", "\u3000", "\u200b", "\u200d", "'s", "'S", "'re", "'LL",
        "'ſ", "don't", "I'm",
        "1", "12", "123", "1234", "3.14", "½", "Ⅷ", "٣٤", "!", "?!", "...", "…", "—", "«»", "$5", "#include", "for (i = 0; i < n; ++i)",
        "{", "}\n", "_x_", "café",
        "nai\u0308ve", "e\u0308\u0304", "\u1100\u1161\u11a8", "ﬁ", "İ", "ß", "Σς", "👨‍👩‍👧", "🇩🇪", "✈️", "\u0000", "\u0007", "\u0085",
        "\ufeff", "\ufffd", "▁", "##a", "<0x0A>",
        "http://example.org/a?b=c&d", "snake_case", "CamelCase", "日本語", "中文字符", "한국어", "ไทย", "हिन्दी", "русский", "العربية", "עברית",
        "ελληνικά",
    ];

    /// <summary>Strings of the SDK in 13 languages, and mixes of scripts, emoji, spaces, digits and control characters.</summary>
    /// <param name="count">Number of lines.</param>
    /// <param name="arbitrary">Whether some are of arbitrary code points.</param>
    public static IReadOnlyList<string> Lines(int count, bool arbitrary = true)
    {
        var random = new Random(20_26);
        string[] translated = [.. SdkStrings()];
        random.Shuffle(translated);
        List<string> lines = [.. TestTexts.Tricky, .. translated.Take(count / 2)];
        return [.. lines, .. Synthetic(count - lines.Count, arbitrary)];
    }

    /// <summary>Mixes only, the same on every SDK.</summary>
    /// <param name="count">Number of lines.</param>
    /// <param name="arbitrary">Whether some are of arbitrary code points.</param>
    public static IEnumerable<string> Synthetic(int count, bool arbitrary = true)
    {
        var random = new Random(7);
        for (var line = 0; line < count; line++)
            yield return random.Next(4) == 0 && arbitrary ? TestTexts.Random(random, random.Next(80)) : Mixed(random);
    }

    private static string Mixed(Random random)
    {
        var line = new StringBuilder();
        for (var part = random.Next(1, 24); part > 0; part--)
        {
            if (random.Next(2) == 0)
            {
                line.Append(Fragments[random.Next(Fragments.Length)]);
                continue;
            }

            var (first, last) = Scripts[random.Next(Scripts.Length)];
            for (var length = random.Next(1, 10); length > 0; length--)
                line.Append(new Rune(random.Next(first, last + 1)).ToString());
            if (random.Next(3) > 0)
                line.Append(' ');
        }

        return line.ToString();
    }

    // Satellite assemblies beside the running SDK's own.
    private static IEnumerable<string> SdkStrings()
    {
        var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../../sdk"));
        string[] cultures = ["cs", "de", "es", "fr", "it", "ja", "ko", "pl", "pt-BR", "ru", "tr", "zh-Hans", "zh-Hant"];
        foreach (var culture in cultures)
        {
            var folder = Directory.Exists(root) ? Directory.GetDirectories(root).Order(StringComparer.Ordinal)
                .Select(sdk => Path.Combine(sdk, culture)).FirstOrDefault(Directory.Exists) : null;
            foreach (var file in folder is null ? [] : Directory.GetFiles(folder, "*.resources.dll").Order(StringComparer.Ordinal).Take(6))
            {
                // Read without loading: a loaded satellite needs its culture, which this process does not have.
                using var image = new PEReader(File.OpenRead(file));
                var metadata = image.GetMetadataReader();
                foreach (var resource in metadata.ManifestResources.Select(metadata.GetManifestResource)
                    .Where(resource => metadata.GetString(resource.Name).EndsWith(".resources", StringComparison.Ordinal)))
                {
                    var data = image.GetSectionData(image.PEHeaders.CorHeader!.ResourcesDirectory.RelativeVirtualAddress)
                        .GetContent((int)resource.Offset, sizeof(int));
                    var content = image.GetSectionData(image.PEHeaders.CorHeader!.ResourcesDirectory.RelativeVirtualAddress)
                        .GetContent((int)resource.Offset + sizeof(int), BitConverter.ToInt32(data.AsSpan()));
                    using var reader = new ResourceReader(new MemoryStream([.. content]));
                    foreach (var text in reader.Cast<DictionaryEntry>().Select(entry => entry.Value).OfType<string>()
                        .Order(StringComparer.Ordinal))
                        yield return text;
                }
            }
        }
    }
}
