using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Tokenizers.BytePair;
using Tenon.Tokenizers.PostProcessors;
using Tenon.Tokenizers.WordPiece;

namespace Tenon.Tokenizers.Files;

/// <summary>
/// Reads <c>tokenizer.json</c>, the file of the Hugging Face tokenizers library. Settings that would lead to different ids
/// than that library are errors, never ignored.
/// </summary>
internal static class TokenizerJson
{
    private const string Supported = "supported are BPE with the ByteLevel pre-tokenizer (as in GPT-2) " +
        "and WordPiece with BertNormalizer and BertPreTokenizer (as in BERT)";

    /// <summary>Reads a folder's <c>tokenizer.json</c>, and the special tokens in its other files.</summary>
    /// <exception cref="DataException">The file is malformed or of an unsupported kind.</exception>
    public static ITokenizer Read(string folder)
    {
        var file = JsonSection.Read(Path.Combine(folder, HuggingFaceReader.TokenizerFile));
        var model = file.Required("model");
        // Old files omit the type; only BPE files have merges.
        var type = model.Child("type")?.AsText() ?? (model.Child("merges") is null ? "WordPiece" : "BPE");
        return type switch
        {
            "BPE" => new ByteLevelTokenizer(ReadBytePairs(folder, file, model)),
            "WordPiece" => new BertTokenizer(ReadWordPieces(folder, file, model)),
            _ => throw model.Refuse($"is of type '{type}'; {Supported}"),
        };
    }

    private static BytePairModel ReadBytePairs(string folder, JsonSection file, JsonSection model)
    {
        if (file.Child("normalizer") is { } normalizer)
            throw normalizer.Refuse($"is of type '{TypeOf(normalizer)}'; with BPE none is supported");
        var preTokenizer = Typed(file, "pre_tokenizer", "ByteLevel");
        if (!preTokenizer.Flag("use_regex", missing: true))
            throw preTokenizer.Refuse("has use_regex false; only GPT-2's pattern is supported");
        if (file.Child("decoder") is not null)
            Typed(file, "decoder", "ByteLevel");
        foreach (var name in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
        {
            if (model.Child(name) is { } affix && affix.AsText().Length > 0)
                throw affix.Refuse($"is '{affix.AsText()}'; byte-level vocabularies have none");
        }

        foreach (var name in new[] { "ignore_merges", "byte_fallback" })
        {
            if (model.Flag(name, missing: false))
                throw model.Required(name).Refuse("is true, which is not supported");
        }

        if (model.Child("dropout") is { Value: var dropout } section && !(dropout.ValueKind == JsonValueKind.Number && dropout.GetDouble() == 0))
            throw section.Refuse("is set; encoding here is deterministic, so only null is supported");
        var merges = model.Required("merges").Items().Select(ReadMerge).ToList();
        var vocabulary = ReadVocabulary(folder, file, model, normalizes: false);
        var (postProcessor, frames) = PostProcessor(folder, file, vocabulary);
        return HuggingFaceReader.Checked(file.File, new BytePairModel(
            vocabulary, merges, preTokenizer.Flag("add_prefix_space", missing: true), postProcessor, frames));
    }

    private static (string Left, string Right) ReadMerge(JsonSection merge)
    {
        // "a b" in older files, ["a", "b"] in newer ones.
        string[] parts = merge.Value.ValueKind == JsonValueKind.Array ? [.. merge.Items().Select(part => part.AsText())] : merge.AsText().Split(' ');
        return parts.Length == 2 ? (parts[0], parts[1]) : throw merge.Refuse($"has {parts.Length} parts; a merge has two");
    }

    private static WordPieceModel ReadWordPieces(string folder, JsonSection file, JsonSection model)
    {
        var normalizer = Typed(file, "normalizer", "BertNormalizer");
        if (!normalizer.Flag("clean_text", missing: true))
            throw normalizer.Refuse("has clean_text false, which is not supported");
        Typed(file, "pre_tokenizer", "BertPreTokenizer");
        var cleanUp = file.Child("decoder") is null || Typed(file, "decoder", "WordPiece").Flag("cleanup", missing: true);
        var rules = Rules(normalizer, SpecialTokenNames.Config(folder));
        var vocabulary = ReadVocabulary(folder, file, model, normalizes: true);
        var unknown = model.Child("unk_token")?.AsText() ?? "[UNK]";
        if (vocabulary.Id(unknown) is null)
            throw model.Refuse($"has the unk_token '{unknown}', which its vocabulary does not have");
        var (postProcessor, frames) = PostProcessor(folder, file, vocabulary);
        return new WordPieceModel(vocabulary, unknown, rules,
            model.Child("continuing_subword_prefix")?.AsText() ?? "##", model.Child("max_input_chars_per_word")?.AsId() ?? 100, cleanUp, postProcessor, frames);
    }

    // tokenizer_config.json overrides the normalizer, as in transformers.
    private static BertRules Rules(JsonSection normalizer, JsonSection? config)
    {
        var lowercase = Flag("do_lower_case", "lowercase", missing: true);
        // Null follows the case.
        var strips = config?.Child("strip_accents") is null && config?.Child("do_lower_case") is not null && normalizer.Child("strip_accents") is null
            ? lowercase
            : Flag("strip_accents", "strip_accents", missing: lowercase);
        return new BertRules(lowercase, strips, Flag("tokenize_chinese_chars", "handle_chinese_chars", missing: true));

        bool Flag(string inConfig, string inNormalizer, bool missing) =>
            config?.Child(inConfig) is null ? normalizer.Flag(inNormalizer, missing) : config.Value.Flag(inConfig, missing);
    }

    private static Vocabulary ReadVocabulary(string folder, JsonSection file, JsonSection model, bool normalizes)
    {
        var added = file.Child("added_tokens")?.Items().Select(token => ReadAdded(token, normalizes)).ToList() ?? [];
        var entries = model.Required("vocab").Children().Select(entry => (entry.Name, entry.Section.AsId()));
        var tokens = HuggingFaceReader.InOrder(file.File, entries.Concat(added.Select(token => (token.Content, token.Id))));
        return SpecialTokenNames.Complete(folder, tokens, added);
    }

    private static AddedToken ReadAdded(JsonSection token, bool normalizes)
    {
        var content = token.Required("content").AsText();
        if (content.Length == 0)
            throw token.Refuse("is empty; an added token needs at least one character");
        if (token.Flag("single_word", missing: false))
            throw token.Refuse($"('{content}') has single_word true, which is not supported");
        var special = token.Flag("special", missing: false);
        // Such tokens are matched in the normalized text, where their spelling may differ.
        if (normalizes && token.Flag("normalized", missing: !special))
            throw token.Refuse($"('{content}') has normalized true, which is not supported together with a normalizer");
        return new AddedToken(token.Required("id").AsId(), content, special, token.Flag("lstrip", missing: false), token.Flag("rstrip", missing: false));
    }

    private static JsonSection Typed(JsonSection file, string name, string expected)
    {
        var section = file.Child(name) ?? throw file.Refuse($"has no {name}; {Supported}");
        return TypeOf(section) == expected ? section : throw section.Refuse($"is of type '{TypeOf(section)}'; {Supported}");
    }

    private static string TypeOf(JsonSection section) => section.Required("type").AsText();

    private static (JsonNode? Json, Frames Frames) PostProcessor(string folder, JsonSection file, Vocabulary vocabulary)
    {
        var frames = PostProcessorReader.Read(file, vocabulary);
        if (BeginAndEnd.Of(SpecialTokenNames.Config(folder), frames, vocabulary.Special) is { } configured)
            return (configured.ToTemplate(vocabulary), configured);
        return (file.Child("post_processor") is { } section ? JsonNode.Parse(section.Value.GetRawText()) : null, frames);
    }
}
