using System.Text.Json.Nodes;

namespace Tenon.Tokenizers.Tests;

public sealed class BertTokenizerTests : IDisposable
{
    private const string Vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nun\n##aff\n##able\nhello\nworld\ncafe\nnaive\n,\n.\n!\n中\n文\n$\n5\n##0\n'\ns\nit\nᄒ\n##ᅡ\n##ᆫ\nistanbul\n";
    private readonly TestFolder folder = new();

    public BertTokenizerTests() => folder.Write("vocab.txt", Vocabulary);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("Hello, WORLD!", "hello , world !")]
    [InlineData("unaffable", "un ##aff ##able")]
    [InlineData("Naïve  Café\tcafe\u0301.", "naive cafe cafe .")]
    [InlineData("中文hello", "中 文 hello")]
    [InlineData("$50 it's", "$ 5 ##0 it ' s")]
    [InlineData("한 İstanbul", "ᄒ ##ᅡ ##ᆫ istanbul")]
    [InlineData("hel\u0000lo\u00ad\ufffd\ud800 x", "hello [UNK]")]
    [InlineData("[MASK]", "[UNK] [UNK] [UNK]")]
    [InlineData("", "")]
    public void Splits_as_BERT_does(string text, string pieces)
    {
        var bert = Open();
        string.Join(' ', bert.Encode(text).Select(bert.TokenText)).Should().Be(pieces);
    }

    [Fact]
    public void Finds_special_tokens_by_their_usual_spelling()
    {
        Open().Special.Should().Be(new SpecialTokens { Pad = 0, Unknown = 1, Classify = 2, Separator = 3, Mask = 4 });
    }

    [Fact]
    public void Recognizes_a_mask_on_request()
    {
        Open().Encode("hello [MASK].", recognizeSpecial: true).Should().Equal(8, 4, 13);
    }

    [Fact]
    public void Words_longer_than_100_characters_are_unknown()
    {
        Open().Encode(new string('5', 1) + new string('0', 99)).Should().HaveCount(100);
        Open().Encode(new string('5', 1) + new string('0', 100)).Should().Equal(1);
    }

    [Fact]
    public void Decodes_pieces_into_words_even_one_by_one()
    {
        var bert = Open();
        int[] ids = [2, 8, 12, 5, 6, 7, 9, 14, 3];
        bert.Decode(ids).Should().Be("hello, unaffable world!");
        bert.Decode(ids, keepSpecial: true).Should().Be("[CLS] hello, unaffable world! [SEP]");
        var decoder = bert.StreamingDecoder();
        (string.Concat(ids.Select(decoder.Add)) + decoder.Flush()).Should().Be("hello, unaffable world!");
    }

    [Fact]
    public void Keeps_case_and_accents_when_the_configuration_says_so()
    {
        folder.Write("vocab.txt", "[UNK]\nCafé\nCafe\n");
        folder.Write("tokenizer_config.json", """{"do_lower_case": false, "unk_token": "[UNK]"}""");
        Open().Encode("Café Cafe").Should().Equal(1, 2);
    }

    [Fact]
    public void Saves_files_that_open_to_the_same_tokenizer()
    {
        var bert = Open();
        using var saved = new TestFolder();
        bert.Save(saved.Path);
        var again = new HuggingFaceTokenizer().Open(saved.Path);

        again.Fingerprint.Should().Be(bert.Fingerprint);
        again.Special.Should().Be(bert.Special);
        again.Encode("Hello [MASK] 中文", recognizeSpecial: true).Should().Equal(bert.Encode("Hello [MASK] 中文", recognizeSpecial: true));
        saved.Read("vocab.txt").Should().Be(Vocabulary);
        saved.Delete("tokenizer.json");
        new HuggingFaceTokenizer().Open(saved.Path).Fingerprint.Should().Be(bert.Fingerprint);
    }

    [Theory]
    [InlineData("normalizer.type", "\"Nmt\"", "*normalizer is of type 'Nmt'; supported:*")]
    [InlineData("model.unk_token", "\"<nothing>\"", "*unk_token '<nothing>'*")]
    public void Rejects_settings_that_would_give_different_ids(string path, string value, string message)
    {
        Open().Save(folder.Path);
        var json = JsonNode.Parse(folder.Read("tokenizer.json"))!;
        var keys = path.Split('.');
        keys[..^1].Aggregate(json, (node, key) => node[key]!)[keys[^1]] = JsonNode.Parse(value);
        folder.Write("tokenizer.json", json.ToJsonString());

        var open = Open;
        open.Should().Throw<DataException>().WithMessage(message);
    }

    [Fact]
    public void Rejects_word_pieces_without_an_unknown_token()
    {
        folder.Write("vocab.txt", "hello\n");
        var open = Open;
        open.Should().Throw<DataException>().WithMessage("*has no [UNK]*");
        folder.Write("vocab.txt", "[UNK]\nhello\nhello\n");
        open.Should().Throw<DataException>().WithMessage("*'hello' has two ids*");
    }

    private ITokenizer Open() => new HuggingFaceTokenizer().Open(folder.Path);
}
