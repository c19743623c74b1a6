using System.Text.Json.Nodes;
using Tenon.Tokenizers.BytePair;

namespace Tenon.Tokenizers.Tests;

public sealed class HuggingFaceFolderTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> Kinds => ["bytes", "bpe", "gpt2"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_saved_tokenizer_opens_to_the_same_tokenizer(string kind)
    {
        var tokenizer = Make(kind);
        tokenizer.Save(folder.Path);

        SameAs(tokenizer);
        folder.Delete("tokenizer.json");
        SameAs(tokenizer);
    }

    [Fact]
    public void Saves_the_files_that_transformers_reads()
    {
        Make("bpe").Save(folder.Path);

        Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName)
            .Should().BeEquivalentTo("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.json", "merges.txt");
        var config = JsonNode.Parse(folder.Read("tokenizer_config.json"))!;
        config["tokenizer_class"]!.GetValue<string>().Should().Be("GPT2Tokenizer");
        config["eos_token"]!.GetValue<string>().Should().Be("<|endoftext|>");
        folder.Read("merges.txt").Should().StartWith("#version: 0.2\n");
        JsonNode.Parse(folder.Read("tokenizer.json"))!["model"]!["type"]!.GetValue<string>().Should().Be("BPE");
    }

    [Fact]
    public void Opens_merges_written_as_pairs_and_added_tokens_beyond_the_vocabulary()
    {
        Edit(json =>
        {
            json["model"]!["merges"] = new JsonArray(((JsonArray)json["model"]!["merges"]!).Select(merge =>
                (JsonNode?)new JsonArray([.. merge!.GetValue<string>().Split(' ').Select(part => JsonValue.Create(part))])).ToArray());
            ((JsonArray)json["added_tokens"]!).Add(new JsonObject { ["id"] = 300, ["content"] = "<user>", ["special"] = false });
            ((JsonArray)json["added_tokens"]!)
                .Add(new JsonObject { ["id"] = 301, ["content"] = "<mask>", ["special"] = true, ["lstrip"] = true });
        });
        var tokenizer = new HuggingFaceTokenizer().Open(folder.Path);

        tokenizer.VocabularySize.Should().Be(302);
        tokenizer.Encode("a<user>b").Should().Contain(300);
        tokenizer.Encode("a <mask>").Should().NotContain(301);
        tokenizer.Encode("a <mask>", recognizeSpecial: true).Should().Equal(tokenizer.TokenId("a")!.Value, 301);
    }

    [Fact]
    public void Prepends_a_space_if_the_file_requires_it()
    {
        Edit(json => json["pre_tokenizer"]!["add_prefix_space"] = true);
        var tokenizer = new HuggingFaceTokenizer().Open(folder.Path);
        tokenizer.Encode("the").Should().Equal(Make("bpe").Encode(" the"));
        tokenizer.Encode(" the").Should().Equal(tokenizer.Encode("the"));
    }

    [Fact]
    public void Opens_relative_to_the_recipes_folder()
    {
        Make("bytes").Save(folder.Path);
        var context = new TokenizerContext(Path.GetDirectoryName(folder.Path)!, [], _ => { });
        new HuggingFaceTokenizer().Create(new HuggingFaceOptions { Path = Path.GetFileName(folder.Path) }, context)
            .VocabularySize.Should().Be(257);
    }

    [Fact]
    public void The_fingerprint_distinguishes_vocabularies_and_rules()
    {
        var first = Make("bpe");
        Edit(json => json["pre_tokenizer"]!["add_prefix_space"] = true);
        var prints = new[] { first, Make("bytes"), Make("gpt2"), new HuggingFaceTokenizer().Open(folder.Path) }
            .Select(tokenizer => tokenizer.Fingerprint);
        prints.Should().OnlyHaveUniqueItems();
    }

    [Theory]
    [InlineData("model.type", "\"WordLevel\"", "*model is of type 'WordLevel'; supported: BPE, Unigram and WordPiece*")]
    [InlineData("pre_tokenizer.type", "\"UnicodeScripts\"", "*pre_tokenizer is of type 'UnicodeScripts'; supported:*")]
    [InlineData("normalizer", """{"type": "ByteLevel"}""", "*normalizer is of type 'ByteLevel'; supported: BertNormalizer*")]
    [InlineData("model.dropout", "0.1", "*model.dropout is set*")]
    [InlineData("model.end_of_word_suffix", "\"</w>\"", "*'</w>'*")]
    [InlineData("model.merges", "[\"a\"]", "*model.merges[0] has 1 parts; a merge has two*")]
    [InlineData("model.merges", "[\"q j\"]", "*merge 0 ('q' with 'j') needs the token 'qj'*")]
    [InlineData("model.merges", "{}", "*model.merges is an object, not an array*")]
    [InlineData("model.vocab", "{\"a\": 0}", "*there are 2 tokens up to id*ids must start at 0 without gaps*")]
    [InlineData("model.vocab.a", "-1", "*model.vocab.a is -1, not a non-negative integer*")]
    [InlineData("model.vocab.a", "0", "*the id 0 is used by both*")]
    [InlineData("added_tokens", """[{"id": 300}]""", "*added_tokens[0] has no 'content'*")]
    [InlineData("added_tokens", """[{"id": 300, "content": ""}]""", "*added_tokens[0] is empty*")]
    public void Rejects_settings_that_would_give_different_ids(string path, string value, string message)
    {
        Edit(json =>
        {
            var keys = path.Split('.');
            keys[..^1].Aggregate((JsonNode)json, (node, key) => node[key]!)[keys[^1]] = JsonNode.Parse(value);
        });
        OpeningFails(message);
    }

    [Fact]
    public void Rejects_broken_and_missing_files()
    {
        OpeningFails("*has no tokenizer: it contains none of tokenizer.json, tokenizer.model, spiece.model, vocab.json with " +
            "merges.txt*vocab.txt*");
        folder.Write("tokenizer.json", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 2\n");
        OpeningFails("*tokenizer.json is a Git LFS pointer*");
        folder.Write("tokenizer.json", "{");
        OpeningFails("*tokenizer.json is not valid JSON*");
        folder.Write("tokenizer.json", "[]");
        OpeningFails("*the file is an array, not an object*");
        folder.Write("tokenizer.json", """{"model": {"vocab": {"\ud800": 0}, "merges": []}, "pre_tokenizer": {"type": "ByteLevel"}}""");
        OpeningFails("*tokenizer.json:* is not valid text*");
        folder.Delete("tokenizer.json");
        folder.Write("vocab.json", "{}");
        OpeningFails("*merges.txt does not exist*");
        folder.Write("merges.txt", "a b c\n");
        OpeningFails("*'a b c' is not a merge*");
        folder.Write("merges.txt", "");
        OpeningFails("*the byte 0x21 has no token ('!')*");
        var missing = () => new HuggingFaceTokenizer().Open(Path.Combine(folder.Path, "nowhere"));
        missing.Should().Throw<DataException>().WithMessage("*nowhere is not a folder*");
    }

    [Fact]
    public void Rejects_a_special_token_that_the_vocabulary_lacks()
    {
        Make("bpe").Save(folder.Path);
        folder.Write("special_tokens_map.json", """{"pad_token": {"content": "<pad>"}}""");
        OpeningFails("*special_tokens_map.json: pad_token is '<pad>', which is not in the vocabulary of 300 tokens*");
    }

    [Fact]
    public void A_mutated_file_is_either_opened_or_rejected()
    {
        Make("bpe").Save(folder.Path);
        const string Letters = "0123456789{}[],:\"\\abĠ";
        var original = folder.Read("tokenizer.json");
        var random = new Random(20260102);
        int opened = 0, refused = 0;
        for (var round = 0; round < 500; round++)
        {
            var text = original.ToCharArray();
            for (var edits = random.Next(1, 4); edits > 0; edits--)
                text[random.Next(text.Length)] = Letters[random.Next(Letters.Length)];
            folder.Write("tokenizer.json", new string(text));
            try
            {
                new HuggingFaceTokenizer().Open(folder.Path).Encode("the value of <|endoftext|>", recognizeSpecial: true);
                opened++;
            }
            catch (DataException)
            {
                refused++;
            }
        }

        opened.Should().BePositive();
        refused.Should().BePositive();
    }

    private static ITokenizer Make(string kind)
    {
        var context = new TokenizerContext("", TestTexts.Corpus(500), _ => { });
        return kind switch
        {
            "bytes" => new BytesTokenizer().Create(new BytesOptions(), context),
            "bpe" => new BytePairTokenizer().Create(new BytePairOptions { VocabularySize = 300 }, context),
            _ => BytePairModel.Gpt2().ToTokenizer(),
        };
    }

    private void Edit(Action<JsonObject> edit)
    {
        Make("bpe").Save(folder.Path);
        var json = JsonNode.Parse(folder.Read("tokenizer.json"))!.AsObject();
        edit(json);
        folder.Write("tokenizer.json", json.ToJsonString());
    }

    private void OpeningFails(string message)
    {
        var open = () => new HuggingFaceTokenizer().Open(folder.Path);
        open.Should().Throw<DataException>().WithMessage(message);
    }

    private void SameAs(ITokenizer tokenizer)
    {
        var opened = new HuggingFaceTokenizer().Open(folder.Path);
        opened.VocabularySize.Should().Be(tokenizer.VocabularySize);
        opened.Special.Should().Be(tokenizer.Special);
        opened.Fingerprint.Should().Be(tokenizer.Fingerprint);
        foreach (var text in TestTexts.Tricky)
            opened.Encode(text, recognizeSpecial: true).Should().Equal(tokenizer.Encode(text, recognizeSpecial: true));
    }
}
