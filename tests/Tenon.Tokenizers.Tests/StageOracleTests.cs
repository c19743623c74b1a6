using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Tokenizers.Tests;

/// <summary>
/// Each stage of tokenizer.json gives the ids of Hugging Face's tokenizers library. The vocabulary has each character as a word and
/// as a continuation, so that the ids show both the normalized text and where it was split. Lines of arbitrary code points are left
/// out: the libraries classify those that newer versions of Unicode added differently.
/// </summary>
public sealed class StageOracleTests : IDisposable
{
    private const string Words = """{"type": "WhitespaceSplit"}""";
    private static readonly Lazy<string> Vocabulary = new(Characters);
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [SkippableTheory]
    [InlineData("null", """{"type": "BertPreTokenizer"}""")]
    [InlineData("null", """{"type": "Whitespace"}""")]
    [InlineData("null", """{"type": "CharDelimiterSplit", "delimiter": "e"}""")]
    [InlineData("null", """{"type": "Digits", "individual_digits": true}""")]
    [InlineData("null", """{"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Digits", "individual_digits": false}]}""")]
    [InlineData("null", """{"type": "Punctuation", "behavior": "Contiguous"}""")]
    [InlineData("null", """{"type": "Punctuation", "behavior": "MergedWithNext"}""")]
    [InlineData("null", """{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}""")]
    [InlineData("null", """{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true}""")]
    [InlineData("null", """{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": false}""")]
    [InlineData("null", """{"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true}]}""")]
    [InlineData("null", """{"type": "Split", "pattern": {"String": " "}, "behavior": "Removed", "invert": false}""")]
    [InlineData("null", """{"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": false}""")]
    [InlineData("null", """{"type": "Split", "pattern": {"Regex": "\\s+"}, "behavior": "MergedWithNext", "invert": false}""")]
    [InlineData("null", """{"type": "Split", "pattern": {"Regex": "[aeiou]"}, "behavior": "Contiguous", "invert": false}""")]
    [InlineData("null", """{"type": "Split", "pattern": {"Regex": "\\p{L}+|\\p{N}"}, "behavior": "Isolated", "invert": false}""")]
    [InlineData("null", """{"type": "Split", "pattern": {"Regex": "\\w+"}, "behavior": "Removed", "invert": true}""")]
    [InlineData("null", """{"type": "Split", "pattern": {"Regex": "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}, "behavior": "Isolated", "invert": false}""")]
    [InlineData("null", """{"type": "Split", "pattern": {"Regex": "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}, "behavior": "Removed", "invert": true}""")]
    [InlineData("""{"type": "NFC"}""", Words)]
    [InlineData("""{"type": "NFD"}""", Words)]
    [InlineData("""{"type": "NFKC"}""", Words)]
    [InlineData("""{"type": "NFKD"}""", Words)]
    [InlineData("""{"type": "Lowercase"}""", Words)]
    [InlineData("""{"type": "StripAccents"}""", Words)]
    [InlineData("""{"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"}]}""", Words)]
    [InlineData("""{"type": "Strip", "strip_left": true, "strip_right": false}""", "null")]
    [InlineData("""{"type": "Sequence", "normalizers": [{"type": "Strip", "strip_left": false, "strip_right": true}, {"type": "Prepend", "prepend": "x"}]}""", "null")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}""", "null")]
    [InlineData("""{"type": "Replace", "pattern": {"String": "e"}, "content": "oo"}""", Words)]
    [InlineData("""{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true}""", Words)]
    [InlineData("""{"type": "BertNormalizer", "clean_text": false, "handle_chinese_chars": false, "strip_accents": true, "lowercase": false}""", Words)]
    [InlineData("""{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": false, "lowercase": true}""", Words)]
    public void A_stage_gives_the_ids_of_the_reference_library(string normalizer, string preTokenizer)
    {
        Write(normalizer, preTokenizer, "[]");
        OracleTests.Equals(folder.Path, new HuggingFaceTokenizer().Open(folder.Path), 1500, random: false);
    }

    [SkippableTheory]
    [InlineData("\"lstrip\": true, \"rstrip\": false, \"single_word\": false, \"normalized\": false, \"special\": true")]
    [InlineData("\"lstrip\": false, \"rstrip\": true, \"single_word\": false, \"normalized\": false, \"special\": false")]
    [InlineData("\"lstrip\": false, \"rstrip\": false, \"single_word\": true, \"normalized\": false, \"special\": true")]
    [InlineData("\"lstrip\": true, \"rstrip\": true, \"single_word\": true, \"normalized\": true, \"special\": false")]
    [InlineData("\"lstrip\": false, \"rstrip\": false, \"single_word\": false, \"normalized\": true, \"special\": true")]
    public void Added_tokens_are_found_where_the_reference_library_finds_them(string flags)
    {
        var next = JsonNode.Parse(Vocabulary.Value)!.AsObject().Count;
        string[] contents = ["the", "CAFÉ", "nai", " is", "12", "日本", "e\u0308", "<X>"];
        Write("""{"type": "Lowercase"}""", """{"type": "BertPreTokenizer"}""",
            $"[{string.Join(",", contents.Select((content, i) => $$"""{"id": {{next + i}}, "content": {{JsonSerializer.Serialize(content)}}, {{flags}}}"""))}]");
        OracleTests.Equals(folder.Path, new HuggingFaceTokenizer().Open(folder.Path), 1500, random: false);
    }

    private void Write(string normalizer, string preTokenizer, string added) => folder.Write("tokenizer.json", $$"""
        {"version": "1.0", "truncation": null, "padding": null, "added_tokens": {{added}}, "normalizer": {{normalizer}}, "pre_tokenizer": {{preTokenizer}},
         "post_processor": null, "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": false},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100000, "vocab": {{Vocabulary.Value}} } }
        """);

    private static string Characters()
    {
        var text = string.Concat(VariedTexts.Lines(1500));
        var runes = Enumerable.Range(1, 0xFFFF).Where(Rune.IsValid)
            .Concat(text.EnumerateRunes().Where(rune => !rune.IsBmp).Select(rune => rune.Value)).Distinct()
            .Select(value => new Rune(value).ToString()).ToList();
        var ids = new JsonObject();
        foreach (var token in new[] { "[UNK]" }.Concat(runes).Concat(runes.Select(rune => "##" + rune)))
            ids.Add(token, ids.Count);
        return ids.ToJsonString();
    }
}
