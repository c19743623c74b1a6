using Tenon.Tokenizers.Files;
using Tenon.Tokenizers.SentencePiece;
using Tenon.Tokenizers.WordPiece;

namespace Tenon.Tokenizers.Normalizers;

/// <summary>Reads the <c>normalizer</c> of <c>tokenizer.json</c>.</summary>
internal static class NormalizerReader
{
    private const string Supported =
        "supported: BertNormalizer, Lowercase, NFC, NFD, NFKC, NFKD, Precompiled, Prepend, Replace, Sequence, Strip and StripAccents";

    /// <summary>The normalizer of a file, or null.</summary>
    /// <param name="file">The root of <c>tokenizer.json</c>.</param>
    /// <param name="config">Overrides BERT's rules.</param>
    /// <exception cref="DataException">The normalizer is malformed or unsupported.</exception>
    public static Normalizer? Read(JsonSection file, JsonSection? config) =>
        file.Child("normalizer") is { } section ? Of(section, config) : null;

    private static Normalizer Of(JsonSection section, JsonSection? config)
    {
        var type = section.Required("type").AsText();
        return type switch
        {
            "BertNormalizer" => new BertNormalization(Rules(section, config)),
            "Lowercase" => new Lowercase(),
            "NFC" => new UnicodeForm(compatibility: false, compose: true),
            "NFD" => new UnicodeForm(compatibility: false, compose: false),
            "NFKC" => new UnicodeForm(compatibility: true, compose: true),
            "NFKD" => new UnicodeForm(compatibility: true, compose: false),
            "Precompiled" => new Precompiled(CharacterMap.Read(section.Required("precompiled_charsmap"))),
            "Prepend" => new Prepend(section.Required("prepend").AsText()),
            "Replace" => Replace(section),
            "Sequence" => new NormalizerSequence([.. section.Required("normalizers").Items().Select(item => Of(item, config))]),
            "Strip" => new Strip(section.Flag("strip_left", missing: true), section.Flag("strip_right", missing: true)),
            "StripAccents" => new StripAccents(),
            _ => throw section.Error($"is of type '{type}'; {Supported}"),
        };
    }

    private static Normalizer Replace(JsonSection section)
    {
        var content = section.Required("content").AsText();
        var (text, pattern) = section.Required("pattern").AsPattern();
        return pattern is null ? new ReplaceText(text, content) : new ReplacePattern(pattern, content);
    }

    // tokenizer_config.json overrides the normalizer, as in transformers.
    private static BertRules Rules(JsonSection normalizer, JsonSection? config)
    {
        var lowercase = Flag("do_lower_case", "lowercase", missing: true);
        // If strip_accents is null, it follows do_lower_case, as in transformers.
        var strips = config?.Child("strip_accents") is null && config?.Child("do_lower_case") is not null
            && normalizer.Child("strip_accents") is null
            ? lowercase
            : Flag("strip_accents", "strip_accents", missing: lowercase);
        return new BertRules(
            lowercase, strips, Flag("tokenize_chinese_chars", "handle_chinese_chars", missing: true),
            normalizer.Flag("clean_text", missing: true));

        bool Flag(string inConfig, string inNormalizer, bool missing) =>
            config?.Child(inConfig) is null ? normalizer.Flag(inNormalizer, missing) : config.Value.Flag(inConfig, missing);
    }
}
