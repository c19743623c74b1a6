using Tenon.Tokenizers.Files;
using Tenon.Tokenizers.Normalizers;

namespace Tenon.Tokenizers.Decoders;

/// <summary>Reads the <c>decoder</c> of <c>tokenizer.json</c>.</summary>
internal static class DecoderReader
{
    private const string Supported = "supported: ByteFallback, ByteLevel, Fuse, Metaspace, Replace, Sequence, Strip and WordPiece";

    /// <summary>The decoder of a file.</summary>
    /// <param name="file">The root of <c>tokenizer.json</c>.</param>
    /// <exception cref="DataException">The decoder is malformed or unsupported.</exception>
    public static Decoder Read(JsonSection file)
    {
        if (file.Child("decoder") is not { } section)
            return new SpacedDecoder();
        var fused = false;
        return Of(section, ref fused);
    }

    private static Decoder Of(JsonSection section, ref bool fused)
    {
        var type = section.Required("type").AsText();
        switch (type)
        {
            case "ByteFallback":
                return new ByteFallbackDecoder();
            case "ByteLevel":
                return new ByteLevelDecoder();
            case "Fuse":
                // Text arrives in pieces, so a later stage could not treat it as a single text, as Fuse requires.
                fused = true;
                return new DecoderSequence([]);
            case "Metaspace":
                return new MetaspaceDecoder(Character(section.Required("replacement")), DropsFirst(section));
            case "Replace":
                {
                    var content = section.Required("content").AsText();
                    var (text, pattern) = section.Required("pattern").AsPattern();
                    if (fused)
                        throw section.Error("(Replace) follows Fuse, which is not supported");
                    Normalizer replace = pattern is null ? new ReplaceText(text, content) : new ReplacePattern(pattern, content);
                    return new MapDecoder(replace.Normalize);
                }

            case "Sequence":
                {
                    var stages = new List<Decoder>();
                    foreach (var item in section.Required("decoders").Items())
                        stages.Add(Of(item, ref fused));
                    return new DecoderSequence(stages);
                }

            case "Strip":
                return Strip(section, fused);
            case "WordPiece":
                return new WordPieceDecoder(section.Child("prefix")?.AsText() ?? "##", section.Flag("cleanup", missing: true));
            default:
                throw section.Error($"is of type '{type}'; {Supported}");
        }
    }

    private static Decoder Strip(JsonSection section, bool fused)
    {
        var content = Character(section.Required("content"));
        int start = section.Child("start")?.AsId() ?? 0, stop = section.Child("stop")?.AsId() ?? 0;
        if (fused)
            return stop == 0 ? new LeadingStripDecoder(content, start) : throw section.Error($"has 'stop' {stop} after Fuse; supported: 0");
        return new MapDecoder(token =>
        {
            int first = 0, last = token.Length;
            while (first < Math.Min(start, token.Length) && token[first] == content)
                first++;
            while (token.Length - last < stop && last > first && token[last - 1] == content)
                last--;
            return token[first..last];
        });
    }

    private static bool DropsFirst(JsonSection section) => section.Child("prepend_scheme") is { } scheme
        ? scheme.AsText() != "never"
        : section.Flag("add_prefix_space", missing: true);

    private static char Character(JsonSection section) =>
        section.AsText() is [var only] ? only : throw section.Error($"is '{section.AsText()}', not one character");
}
