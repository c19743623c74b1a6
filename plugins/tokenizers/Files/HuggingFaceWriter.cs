using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Tokenizers.BytePair;
using Tenon.Tokenizers.WordPiece;

namespace Tenon.Tokenizers.Files;

/// <summary>Writes a tokenizer in the layout of <c>save_pretrained</c>, so that <c>AutoTokenizer</c> opens the folder.</summary>
internal static class HuggingFaceWriter
{
    // Vocabularies are full of letters beyond ASCII; escaped, the files would be unreadable and twice as long.
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Save(string folder, BytePairModel model)
    {
        Write(folder, HuggingFaceReader.TokenizerFile, TokenizerOf(model));
        Write(folder, HuggingFaceReader.VocabularyFile, VocabularyOf(model.Vocabulary));
        var merges = new StringBuilder("#version: 0.2\n");
        foreach (var (left, right) in model.Merges)
            merges.Append(left).Append(' ').Append(right).Append('\n');
        File.WriteAllText(Path.Combine(folder, HuggingFaceReader.MergesFile), merges.ToString());
        var config = Config(model.Vocabulary, "GPT2Tokenizer", cleanUp: false);
        config["add_prefix_space"] = model.AddPrefixSpace;
        WriteConfig(folder, model.Vocabulary, config);
    }

    public static void Save(string folder, WordPieceModel model)
    {
        Write(folder, HuggingFaceReader.TokenizerFile, TokenizerOf(model));
        File.WriteAllText(Path.Combine(folder, HuggingFaceReader.WordPiecesFile), string.Concat(model.Vocabulary.Tokens.Select(token => token + "\n")));
        var config = Config(model.Vocabulary, "BertTokenizer", model.CleanUp);
        config["do_lower_case"] = model.Rules.Lowercase;
        config["strip_accents"] = model.Rules.StripAccents;
        config["tokenize_chinese_chars"] = model.Rules.SplitIdeographs;
        WriteConfig(folder, model.Vocabulary, config);
    }

    public static string Fingerprint(BytePairModel model) => Hash(TokenizerOf(model), model.Vocabulary.Special);

    public static string Fingerprint(WordPieceModel model) => Hash(TokenizerOf(model), model.Vocabulary.Special);

    private static JsonObject TokenizerOf(BytePairModel model) => Tokenizer(
        model.Vocabulary,
        normalizer: null,
        preTokenizer: ByteLevel(model.AddPrefixSpace, trimOffsets: true),
        postProcessor: model.PostProcessor?.DeepClone() ?? ByteLevel(addPrefixSpace: true, trimOffsets: false),
        decoder: ByteLevel(addPrefixSpace: true, trimOffsets: true),
        new JsonObject
        {
            ["type"] = "BPE",
            ["dropout"] = null,
            ["unk_token"] = null,
            ["continuing_subword_prefix"] = "",
            ["end_of_word_suffix"] = "",
            ["fuse_unk"] = false,
            ["byte_fallback"] = false,
            ["ignore_merges"] = false,
            ["vocab"] = VocabularyOf(model.Vocabulary),
            ["merges"] = new JsonArray([.. model.Merges.Select(merge => JsonValue.Create($"{merge.Left} {merge.Right}"))]),
        });

    private static JsonObject TokenizerOf(WordPieceModel model) => Tokenizer(
        model.Vocabulary,
        new JsonObject
        {
            ["type"] = "BertNormalizer",
            ["clean_text"] = true,
            ["handle_chinese_chars"] = model.Rules.SplitIdeographs,
            ["strip_accents"] = model.Rules.StripAccents,
            ["lowercase"] = model.Rules.Lowercase,
        },
        new JsonObject { ["type"] = "BertPreTokenizer" },
        model.PostProcessor?.DeepClone() ?? (model.Frames is null ? BertProcessing(model.Vocabulary) : null),
        new JsonObject { ["type"] = "WordPiece", ["prefix"] = model.Prefix, ["cleanup"] = model.CleanUp },
        new JsonObject
        {
            ["type"] = "WordPiece",
            ["unk_token"] = model.Unknown,
            ["continuing_subword_prefix"] = model.Prefix,
            ["max_input_chars_per_word"] = model.MaximumWordLength,
            ["vocab"] = VocabularyOf(model.Vocabulary),
        });

    private static JsonObject Tokenizer(
        Vocabulary vocabulary, JsonNode? normalizer, JsonNode preTokenizer, JsonNode? postProcessor, JsonNode decoder, JsonNode model) => new()
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. vocabulary.Added.Select(token =>
        {
            var entry = Added(token);
            entry.Insert(0, "id", token.Id);
            return entry;
        })]),
            ["normalizer"] = normalizer,
            ["pre_tokenizer"] = preTokenizer,
            ["post_processor"] = postProcessor,
            ["decoder"] = decoder,
            ["model"] = model,
        };

    private static JsonObject Config(Vocabulary vocabulary, string tokenizerClass, bool cleanUp) => new()
    {
        ["added_tokens_decoder"] = new JsonObject(vocabulary.Added.Select(token => KeyValuePair.Create($"{token.Id}", (JsonNode?)Added(token)))),
        ["clean_up_tokenization_spaces"] = cleanUp,
        ["tokenizer_class"] = tokenizerClass,
    };

    private static void WriteConfig(string folder, Vocabulary vocabulary, JsonObject config)
    {
        var map = new JsonObject();
        foreach (var (name, id) in SpecialTokenNames.Present(vocabulary.Special))
        {
            config[name] = vocabulary.Text(id);
            map[name] = vocabulary.Text(id);
        }

        Write(folder, SpecialTokenNames.ConfigFile, config);
        Write(folder, SpecialTokenNames.MapFile, map);
    }

    private static JsonObject Added(AddedToken token) => new()
    {
        ["content"] = token.Content,
        ["single_word"] = false,
        ["lstrip"] = token.LeftStrip,
        ["rstrip"] = token.RightStrip,
        ["normalized"] = false,
        ["special"] = token.Special,
    };

    private static JsonObject VocabularyOf(Vocabulary vocabulary) =>
        new(vocabulary.Tokens.Select((text, id) => KeyValuePair.Create(text, (JsonNode?)JsonValue.Create(id))));

    private static JsonObject ByteLevel(bool addPrefixSpace, bool trimOffsets) => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = addPrefixSpace,
        ["trim_offsets"] = trimOffsets,
        ["use_regex"] = true,
    };

    // [CLS] a [SEP] b [SEP]; a vocabulary without these tokens adds nothing around a text.
    private static JsonObject? BertProcessing(Vocabulary vocabulary) =>
        vocabulary.Special is { Classify: { } classify, Separator: { } separator }
            ? new JsonObject
            {
                ["type"] = "BertProcessing",
                ["sep"] = new JsonArray(vocabulary.Text(separator), separator),
                ["cls"] = new JsonArray(vocabulary.Text(classify), classify),
            }
            : null;

    private static string Hash(JsonObject tokenizer, SpecialTokens special)
    {
        var text = tokenizer.ToJsonString() + string.Join(' ', SpecialTokenNames.Present(special));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static void Write(string folder, string name, JsonObject content) =>
        File.WriteAllText(Path.Combine(folder, name), content.ToJsonString(Readable) + "\n");
}
