using Tenon.Tokenizers.Files;
using Tenon.Tokenizers.WordPiece;

namespace Tenon.Tokenizers.Tests;

public sealed class WordPieceTrainerTests
{
    private static readonly string[] Special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    [Fact]
    public void Has_special_tokens_then_characters_then_merges_by_frequency()
    {
        // ##g##s and ##u##g stand 4 times, and ##g comes before ##u; then h and p in front of ##ugs, twice each.
        var model = WordPieceTrainer.Train(["hugs hugs pugs Pugs"], 18, new BertRules());

        model.Vocabulary.Tokens.Should().Equal(
            [.. Special, "g", "h", "p", "s", "u", "##g", "##h", "##p", "##s", "##u", "##gs", "##ugs", "hugs"]);
    }

    [Fact]
    public void Learns_what_a_plain_implementation_learns()
    {
        var random = new Random(3);
        for (var round = 0; round < 20; round++)
        {
            var texts = Enumerable.Range(0, 30).Select(_ => new string([.. Enumerable.Range(0, 40).Select(_ => "aab c"[random.Next(5)])]))
                .ToList();
            WordPieceTrainer.Train(texts, 40, new BertRules()).Vocabulary.Tokens.Should().Equal(Plain(texts, 40));
        }
    }

    [Fact]
    public void Reaches_the_requested_size_and_spells_words_in_few_pieces()
    {
        var tokenizer = Train(TestTexts.Corpus(2000), 100);

        tokenizer.VocabularySize.Should().Be(100);
        tokenizer.Special.Should().Be(new SpecialTokens { Pad = 0, Unknown = 1, Classify = 2, Separator = 3, Mask = 4 });
        Pieces(tokenizer, "Returns the specified element.").Should().Be("returns the specified element .");
        Pieces(tokenizer, "[CLS] a [MASK]", special: true).Should().Be("[CLS] a [MASK]");
    }

    [Fact]
    public void Gives_the_same_vocabulary_for_the_same_texts_in_any_order()
    {
        var texts = TestTexts.Corpus(500).ToList();

        Train(texts.AsEnumerable().Reverse(), 120).Fingerprint.Should().Be(Train(texts, 120).Fingerprint);
    }

    [Fact]
    public void Lowercases_and_strips_accents_by_default()
    {
        string[] texts = ["Café café CAFÉ café", "Cafe CAFÉ"];

        Pieces(Train(texts, 100), "CAFÉ").Should().Be("cafe");
        var cased = Train(texts, 100, lowercase: false);
        Pieces(cased, "café").Should().Be("café");
        Pieces(cased, "cAFÉ").Should().Be("c ##A ##FÉ");
    }

    [Fact]
    public void A_word_with_a_character_that_was_too_rare_is_unknown()
    {
        var tokenizer = Train(["some words and some words ж"], 100);

        Pieces(tokenizer, "some ж words").Should().Be("some [UNK] words");
        Pieces(tokenizer, "smore").Should().NotContain("[UNK]");
    }

    [Fact]
    public void Opens_again_from_its_files_with_the_same_ids()
    {
        using var folder = new TestFolder();
        var trained = Train(TestTexts.Corpus(300).Concat(["Ünïcödé Ünïcödé 中文 中文"]), 150);
        trained.Save(folder.Path);
        string[] texts = [.. TestTexts.Corpus(20), .. TestTexts.Tricky];

        var fromJson = HuggingFaceReader.Open(folder.Path);
        fromJson.Fingerprint.Should().Be(trained.Fingerprint);
        folder.Delete("tokenizer.json");
        var fromText = HuggingFaceReader.Open(folder.Path);
        foreach (var text in texts)
        {
            fromJson.Encode(text, recognizeSpecial: true).Should().Equal(trained.Encode(text, recognizeSpecial: true));
            fromText.Encode(text, recognizeSpecial: true).Should().Equal(trained.Encode(text, recognizeSpecial: true));
        }

        folder.Read("vocab.txt").Split('\n')[..5].Should().Equal(Special);
    }

    [Fact]
    public void Plans_the_special_tokens_that_it_gets()
    {
        var options = new WordPieceTrainingOptions { VocabularySize = 60 };
        var tokenizer = new WordPieceVocabulary().Create(options, new TokenizerContext("", TestTexts.Corpus(300), _ => { }));

        tokenizer.VocabularySize.Should().Be(new WordPieceVocabulary().VocabularySize(options));
        tokenizer.Special.Should().Be(new WordPieceVocabulary().SpecialTokens(options));
    }

    [Fact]
    public void Reports_when_no_further_pair_is_frequent_enough()
    {
        var said = new List<string>();
        var tokenizer = new WordPieceVocabulary()
            .Create(new WordPieceTrainingOptions { VocabularySize = 1000 }, new TokenizerContext("", ["abab", "xy"], said.Add));

        tokenizer.VocabularySize.Should().Be(9);
        said.Should().Contain(line => line.Contains("9 tokens, not 1000"));
    }

    [Theory]
    [InlineData(1000, "", "*nothing to build pieces from*")]
    [InlineData(8, "abc abc", "*'vocabularySize' is 8, but the special tokens and the characters of the training texts already need 11*")]
    public void Rejects_texts_that_yield_no_vocabulary(int size, string text, string message)
    {
        var act = () => Train([text], size);
        act.Should().Throw<DataException>().WithMessage(message);
    }

    private static PipelineTokenizer Train(IEnumerable<string> texts, int size, bool lowercase = true) =>
        WordPieceTrainer.Train(texts, size, new BertRules(lowercase, StripAccents: lowercase)).ToTokenizer();

    private static string Pieces(PipelineTokenizer tokenizer, string text, bool special = false) =>
        string.Join(' ', tokenizer.Encode(text, special).Select(tokenizer.TokenText));

    // Counts everything anew for each merge: slow, and nothing to get wrong.
    private static List<string> Plain(List<string> texts, int size)
    {
        string[] letters = ["a", "b", "c"];
        List<string> tokens = [.. Special, .. letters, .. letters.Select(letter => "##" + letter)];
        var words = texts.SelectMany(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(word => word.Select((letter, at) => at == 0 ? $"{letter}" : $"##{letter}").ToList()).ToList();
        while (tokens.Count < size)
        {
            var pairs = words.SelectMany(word => word.Zip(word.Skip(1))).GroupBy(pair => pair)
                .OrderByDescending(group => group.Count()).ThenBy(group => tokens.IndexOf(group.Key.First))
                    .ThenBy(group => tokens.IndexOf(group.Key.Second)).ToList();
            if (pairs.Count == 0 || pairs[0].Count() < 2)
                break;
            var (left, right) = pairs[0].Key;
            string merged = left + right[2..];
            if (!tokens.Contains(merged))
                tokens.Add(merged);
            foreach (var word in words)
            {
                for (var i = 0; i + 1 < word.Count; i++)
                {
                    if (word[i] == left && word[i + 1] == right)
                    {
                        word[i] = merged;
                        word.RemoveAt(i + 1);
                    }
                }
            }
        }

        return tokens;
    }
}
