using Tenon.Tests;
using Tenon.Tokenizers.BytePair;

namespace Tenon.Tokenizers.Tests;

/// <summary>
/// A word of 400,000 characters takes about as long as ordinary text of that length, not its square: 10^11 operations, which take
/// minutes. The bound is generous, because it separates only these two, and counts the processor time of the test's thread where the
/// system reports it, which other work on the machine does not change.
/// </summary>
public sealed class LongWordTests
{
    private const int Length = 400_000;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    public static TheoryData<string, string> TokenizersAndWords
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var tokenizer in new[] { "gpt2", "llama", "unigram", "marian", "wordpiece" })
            {
                // Equal letters, a period, no spaces as in Japanese, one space after the other, and marks of alternating classes.
                foreach (var letters in new[] { "a", "abcdefghij", "\u65e5\u672c", " ", "\u0301\u0323" })
                    all.Add(tokenizer, letters);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(TokenizersAndWords))]
    public void Is_encoded_and_decoded_in_seconds(string kind, string letters)
    {
        using var folder = new TestFolder();
        var tokenizer = Open(kind, folder);
        var word = Word(letters);

        var start = Used();
        var ids = tokenizer.Encode(word);
        var text = tokenizer.Decode(ids);
        (Used() - start).Should().BeLessThan(Bound);

        if (kind is "gpt2" or "llama")
            text.Should().Be(word);
    }

    [Fact]
    public void Is_unknown_to_BERT_at_once()
    {
        var bert = new BertVocabulary().Create(new BertVocabularyOptions(), new TokenizerContext("", [], _ => { }));
        bert.Encode(new string('a', Length)).Should().Equal(bert.Special.Unknown!.Value);
    }

    [Theory]
    [InlineData("NFC")]
    [InlineData("NFD")]
    [InlineData("NFKC")]
    public void With_a_mark_on_each_other_mark_is_normalized_in_seconds(string form)
    {
        using var folder = new TestFolder();
        folder.Write("tokenizer.json", WordPiece($$"""{"type": "{{form}}"}"""));
        var tokenizer = new HuggingFaceTokenizer().Open(folder.Path);

        var start = Used();
        var ids = tokenizer.Encode("a" + Word("\u0301\u0323"));

        (Used() - start).Should().BeLessThan(Bound);
        ids.Should().NotBeEmpty();
    }

    [Fact]
    public void Is_learned_from_in_seconds()
    {
        var random = new Random(3);
        string word = new([.. Enumerable.Range(0, Length).Select(_ => (char)('a' + random.Next(26)))]);

        var start = Used();
        var model = BytePairTrainer.Train([word], 4000);

        (Used() - start).Should().BeLessThan(Bound);
        model.Merges.Should().HaveCount(4000 - 257);
    }

    private static TimeSpan Used()
    {
        const string Thread = "/proc/thread-self/schedstat";
        // Nanoseconds on a processor.
        return File.Exists(Thread)
            ? TimeSpan.FromMicroseconds(long.Parse(File.ReadAllText(Thread)
                .Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) / 1000)
            : TimeSpan.FromMilliseconds(Environment.TickCount64);
    }

    private static string Word(string letters) => string.Concat(Enumerable.Repeat(letters, Length / letters.Length));

    private static ITokenizer Open(string kind, TestFolder folder)
    {
        switch (kind)
        {
            case "gpt2":
                return new Gpt2Tokenizer().Create(new Gpt2Options(), new TokenizerContext("", [], _ => { }));
            case "llama":
                Copy("llama", "tokenizer.model");
                break;
            case "unigram":
                Copy("en", "spiece.model");
                break;
            case "marian":
                Copy("en", "source.spm");
                Copy("de", "target.spm");
                folder.Write("vocab.json", """{"</s>": 0, "<unk>": 1, "▁the": 2, "<pad>": 3}""");
                break;
            default:
                folder.Write("tokenizer.json", WordPiece("null"));
                break;
        }

        return new HuggingFaceTokenizer().Open(folder.Path);

        void Copy(string model, string name) => File.Copy(
            Path.Combine(Repository.Root, "tests", "Tenon.Tokenizers.Tests", "SentencePiece", $"{model}.model"),
            Path.Combine(folder.Path, name));
    }

    // Words of any length can be spelled: BERT's own vocabulary limits them to 100 characters.
    private static string WordPiece(string normalizer) => $$"""
        {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": {{normalizer}}, "pre_tokenizer": null,
         "post_processor": null, "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": false},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 1000000,
                   "vocab": {"[UNK]": 0, "a": 1, "##a": 2, "##aa": 3, "abcdefghij": 4, "##abcdefghij": 5, "日": 6, "##本": 7, "##日": 8, " ": 9, "## ": 10} } }
        """;
}
