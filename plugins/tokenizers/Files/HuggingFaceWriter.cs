using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Tokenizers.BytePair;
using Tenon.Tokenizers.PostProcessors;
using Tenon.Tokenizers.WordPiece;

namespace Tenon.Tokenizers.Files;

/// <summary>Writes a tokenizer in the layout of <c>save_pretrained</c>, so that <c>AutoTokenizer</c> opens the folder.</summary>
internal static class HuggingFaceWriter
{
    // Vocabularies are full of letters beyond ASCII; escaped, the files would be unreadable and twice as long.
    private static readonly JsonSerializerOptions Readable =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The files of a byte-level vocabulary.</summary>
    public static Dictionary<string, byte[]> Files(BytePairModel model)
    {
        var merges = new StringBuilder("#version: 0.2\n");
        foreach (var (left, right) in model.Merges)
            merges.Append(left).Append(' ').Append(right).Append('\n');
        var config = Config(model.Vocabulary, "GPT2Tokenizer", cleanUp: false);
        config["add_prefix_space"] = model.AddPrefixSpace;
        return new Dictionary<string, byte[]>(Special(model.Vocabulary, config), StringComparer.Ordinal)
        {
            [HuggingFaceReader.TokenizerFile] = Bytes(TokenizerOf(model)),
            [HuggingFaceReader.VocabularyFile] = Bytes(VocabularyOf(model.Vocabulary)),
            [HuggingFaceReader.MergesFile] = Encoding.UTF8.GetBytes(merges.ToString()),
        };
    }

    /// <summary>The files of a WordPiece vocabulary.</summary>
    public static Dictionary<string, byte[]> Files(WordPieceModel model)
    {
        var config = Config(model.Vocabulary, "BertTokenizer", model.CleanUp);
        config["do_lower_case"] = model.Rules.Lowercase;
        config["strip_accents"] = model.Rules.StripAccents;
        config["tokenize_chinese_chars"] = model.Rules.SplitIdeographs;
        return new Dictionary<string, byte[]>(Special(model.Vocabulary, config), StringComparer.Ordinal)
        {
            [HuggingFaceReader.TokenizerFile] = Bytes(TokenizerOf(model)),
            [HuggingFaceReader.WordPiecesFile] =
                Encoding.UTF8.GetBytes(string.Concat(model.Vocabulary.Tokens.Select(token => token + "\n"))),
        };
    }

    /// <summary>The files with the special tokens of any vocabulary.</summary>
    public static Dictionary<string, byte[]> Special(Vocabulary vocabulary, string tokenizerClass) =>
        Special(vocabulary, Config(vocabulary, tokenizerClass, cleanUp: false));

    /// <summary>The bytes of a JSON file.</summary>
    public static byte[] Bytes(JsonObject content) => Encoding.UTF8.GetBytes(content.ToJsonString(Readable) + "\n");

    private static JsonObject TokenizerOf(BytePairModel model) => Tokenizer(
        model.Vocabulary,
        normalizer: null,
        preTokenizer: ByteLevel(model.AddPrefixSpace, trimOffsets: true),
        postProcessor: Template(model.Frames, model.Vocabulary) ?? ByteLevel(addPrefixSpace: true, trimOffsets: false),
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
        BertProcessing(model.Vocabulary),
        new JsonObject { ["type"] = "WordPiece", ["prefix"] = WordPieceModel.Continuing, ["cleanup"] = model.CleanUp },
        new JsonObject
        {
            ["type"] = "WordPiece",
            ["unk_token"] = model.Unknown,
            ["continuing_subword_prefix"] = WordPieceModel.Continuing,
            ["max_input_chars_per_word"] = WordPieceModel.MaxWordLength,
            ["vocab"] = VocabularyOf(model.Vocabulary),
        });

    /// <summary>A <c>tokenizer.json</c>.</summary>
    public static JsonObject Tokenizer(
        Vocabulary vocabulary, JsonNode? normalizer, JsonNode? preTokenizer, JsonNode? postProcessor, JsonNode decoder,
        JsonNode model) => new()
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
        ["added_tokens_decoder"] =
            new JsonObject(vocabulary.Added.Select(token => KeyValuePair.Create($"{token.Id}", (JsonNode?)Added(token)))),
        ["clean_up_tokenization_spaces"] = cleanUp,
        ["tokenizer_class"] = tokenizerClass,
    };

    private static Dictionary<string, byte[]> Special(Vocabulary vocabulary, JsonObject config)
    {
        var map = new JsonObject();
        foreach (var (name, id) in SpecialTokenNames.Present(vocabulary.Special))
        {
            config[name] = vocabulary.Text(id);
            map[name] = vocabulary.Text(id);
        }

        return new Dictionary<string, byte[]>(
            StringComparer.Ordinal)
        { [SpecialTokenNames.ConfigFile] = Bytes(config), [SpecialTokenNames.MapFile] = Bytes(map) };
    }

    private static JsonObject? Template(Frames? frames, Vocabulary vocabulary) => frames?.ToTemplate(vocabulary);

    private static JsonObject Added(AddedToken token) => new()
    {
        ["content"] = token.Content,
        ["single_word"] = token.SingleWord,
        ["lstrip"] = token.LeftStrip,
        ["rstrip"] = token.RightStrip,
        ["normalized"] = token.Normalized,
        ["special"] = token.Special,
    };

    /// <summary>The ids by spelling.</summary>
    public static JsonObject VocabularyOf(Vocabulary vocabulary) =>
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
}
