using Tenon.Tokenizers.BytePair;

namespace Tenon.Tokenizers.Tests;

public sealed class BytePairTrainerTests
{
    [Fact]
    public void Merges_the_most_frequent_pair_first_and_the_smallest_ids_on_a_tie()
    {
        // ab stands 3 times; then cd, Ġab, Ġcd and abe stand twice each, and c (66) comes before Ġ (220) and ab (256).
        var model = BytePairTrainer.Train(["ab abe abe cd cd"], 300);

        model.Merges.Take(3).Should().Equal(("a", "b"), ("c", "d"), ("Ġ", "ab"));
    }

    [Fact]
    public void Learns_what_a_plain_implementation_learns()
    {
        var random = new Random(2);
        for (var round = 0; round < 20; round++)
        {
            var texts = Enumerable.Range(0, 30).Select(_ => new string([.. Enumerable.Range(0, 40).Select(_ => "aab c"[random.Next(5)])]))
                .ToList();
            BytePairTrainer.Train(texts, 300).Merges.Should().Equal(Plain(texts, 300 - 257));
        }
    }

    [Fact]
    public void Gives_the_same_vocabulary_for_the_same_texts_in_any_order()
    {
        var texts = TestTexts.Corpus(500).ToList();
        var first = BytePairTrainer.Train(texts, 400);
        var second = BytePairTrainer.Train(texts.AsEnumerable().Reverse(), 400);

        second.Merges.Should().Equal(first.Merges);
        second.ToTokenizer().Fingerprint.Should().Be(first.ToTokenizer().Fingerprint);
    }

    [Fact]
    public void Reaches_the_requested_size_and_compresses()
    {
        var texts = TestTexts.Corpus(2000).ToList();
        var tokenizer = BytePairTrainer.Train(texts, 320).ToTokenizer();

        tokenizer.VocabularySize.Should().Be(320);
        tokenizer.Special.EndOfText.Should().Be(319);
        var text = string.Join('\n', texts.Take(100));
        var ids = tokenizer.Encode(text);
        ((double)text.Length / ids.Count).Should().BeGreaterThan(3);
        tokenizer.Decode(ids).Should().Be(text);
    }

    [Fact]
    public void Encodes_everything_even_what_it_was_not_trained_on()
    {
        var tokenizer = BytePairTrainer.Train(TestTexts.Corpus(100), 300).ToTokenizer();
        var random = new Random(4);
        foreach (var text in TestTexts.Tricky.Concat(Enumerable.Range(0, 100).Select(i => TestTexts.Random(random, i))))
            tokenizer.Decode(tokenizer.Encode(text)).Should().Be(text);
    }

    [Fact]
    public void Stops_early_with_a_message_when_no_pair_is_frequent_enough()
    {
        var said = new List<string>();
        var tokenizer = new BytePairTokenizer()
            .Create(new BytePairOptions { VocabularySize = 1000 }, new TokenizerContext("", ["abab", "xy"], said.Add));

        tokenizer.VocabularySize.Should().Be(258);
        said.Should().Contain(line => line.Contains("258 tokens, not 1000"));
    }

    [Fact]
    public void Rejects_texts_without_any_pair()
    {
        var act = () => new BytePairTokenizer().Create(new BytePairOptions(), new TokenizerContext("", [], _ => { }));
        act.Should().Throw<DataException>().WithMessage("*nothing to merge*");
    }

    // Counts everything anew for each merge: slow, and nothing to get wrong.
    private static List<(string, string)> Plain(List<string> texts, int merges)
    {
        var ids = ByteAlphabet.Order.Select((value, id) => (ByteAlphabet.Spell(value).ToString(), id)).ToDictionary();
        var words = texts.SelectMany(text => Gpt2PatternTests.Pieces(text))
            .Select(word => System.Text.Encoding.UTF8.GetBytes(word).Select(value => ByteAlphabet.Spell(value).ToString()).ToList())
                .ToList();
        var result = new List<(string, string)>();
        while (ids.Count < 256 + merges)
        {
            var pairs = words.SelectMany(word => word.Zip(word.Skip(1))).GroupBy(pair => pair)
                .OrderByDescending(group => group.Count()).ThenBy(group => ids[group.Key.First]).ThenBy(group => ids[group.Key.Second])
                    .ToList();
            if (pairs.Count == 0 || pairs[0].Count() < 2)
                break;
            var (left, right) = pairs[0].Key;
            if (!result.Contains((left, right)))
                result.Add((left, right));
            ids.TryAdd(left + right, ids.Count);
            foreach (var word in words)
            {
                for (var i = 0; i + 1 < word.Count; i++)
                {
                    if (word[i] == left && word[i + 1] == right)
                    {
                        word[i] = left + right;
                        word.RemoveAt(i + 1);
                    }
                }
            }
        }

        return result;
    }
}
