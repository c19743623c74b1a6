namespace Tenon.EncoderDecoders.Tests;

/// <summary>What T5 and BART learn from on plain text.</summary>
public class CorruptionTests
{
    private static readonly ModelFacts Facts = new(100, new SpecialTokens { EndOfText = 0 }, new DataFacts());

    [Fact]
    public void Spans_and_sentinels_restore_the_text()
    {
        T5Options options = new T5Architecture().Resolve(new T5Options { ContextLength = 128 }, Facts);
        var corruption = new SpanCorruption(options);
        int[] ids = [.. Enumerable.Range(0, corruption.BlockLength(128)).Select(i => 1 + i % 99)];
        var random = new SeededRandom(3);

        for (int run = 0; run < 50; run++)
        {
            TokenPair pair = corruption.Apply(ids, random, tokenizer: null);

            pair.Source.Length.Should().BeLessThanOrEqualTo(128);
            pair.Target.Length.Should().BeLessThanOrEqualTo(128);
            pair.Source[^1].Should().Be(0);
            pair.Target[^1].Should().Be(0);
            Restored(pair, options.VocabularySize!.Value).Should().Equal(ids);
            int hidden = pair.Target.Count(id => id is > 0 and < 100);
            hidden.Should().Be((int)Math.Round(ids.Length * 0.15));
        }
    }

    [Fact]
    public void A_block_is_as_long_as_the_context_allows()
    {
        T5Options options = new T5Architecture().Resolve(new T5Options(), Facts);

        // Raffel et al. (2019): 568 tokens become 512, and 114 targets.
        new SpanCorruption(options).BlockLength(512).Should().Be(568);
    }

    [Fact]
    public void Sentinels_are_the_tokenizer_s_if_it_has_them()
    {
        T5Options options = new T5Architecture().Resolve(new T5Options { ContextLength = 32 }, Facts);

        TokenPair pair = new SpanCorruption(options).Apply([5, 6, 7, 8, 9, 10], new SeededRandom(1), new Sentinels());

        pair.Target[0].Should().Be(77);
    }

    [Fact]
    public void Infilling_hides_a_share_and_restores_the_whole_text()
    {
        BartOptions options = new BartArchitecture().Resolve(new BartOptions { ContextLength = 128, BeginOfText = 1 }, Facts);
        var infilling = new TextInfilling(options);
        int[] ids = [.. Enumerable.Range(0, infilling.BlockLength(128)).Select(i => 2 + i % 90)];
        var random = new SeededRandom(3);
        double shown = 0;

        for (int run = 0; run < 100; run++)
        {
            TokenPair pair = infilling.Apply(ids, random, 128);

            pair.Target.Should().Equal([1, .. ids, 0]);
            pair.Source[0].Should().Be(1);
            pair.Source[^1].Should().Be(0);
            pair.Source.Length.Should().BeLessThanOrEqualTo(128);
            int[] visible = [.. pair.Source[1..^1].Where(id => id != options.MaskToken)];
            IsSubsequence(visible, ids).Should().BeTrue();
            shown += visible.Length;
        }

        (1 - shown / (100.0 * ids.Length)).Should().BeInRange(0.25, 0.305);
    }

    private static List<int> Restored(TokenPair pair, int vocabulary)
    {
        var spans = new Dictionary<int, List<int>>();
        foreach (int id in pair.Target[..^1])
        {
            if (id >= vocabulary - 100)
                spans[id] = [];
            else
                spans[vocabulary - spans.Count].Add(id);
        }

        return [.. pair.Source[..^1].SelectMany(id => spans.GetValueOrDefault(id) ?? [id])];
    }

    private static bool IsSubsequence(int[] part, int[] whole)
    {
        int at = 0;
        foreach (int id in whole)
        {
            if (at < part.Length && part[at] == id)
                at++;
        }

        return at == part.Length;
    }

    // <extra_id_0> is 77.
    private sealed class Sentinels : ITokenizer
    {
        private readonly ToyTokenizer _toy = new();

        public int VocabularySize => _toy.VocabularySize;

        public SpecialTokens Special => _toy.Special;

        public string Fingerprint => "sentinels";

        public IReadOnlyList<int> Encode(string text, bool recognizeSpecial = false) => _toy.Encode(text);

        public string Decode(IEnumerable<int> ids, bool keepSpecial = false) => _toy.Decode(ids);

        public string TokenText(int id) => _toy.TokenText(id);

        public int? TokenId(string tokenText) => tokenText == "<extra_id_0>" ? 77 : null;

        public IStreamingDecoder StreamingDecoder() => _toy.StreamingDecoder();

        public void Save(string folder) => throw new NotSupportedException();
    }
}
