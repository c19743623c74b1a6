namespace Tenon.Lstm.Tests;

public class Seq2SeqTests
{
    private static readonly CollateContext Training = new(new SeededRandom(1), Training: true, new ToyTokenizer());

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Learns_to_reverse_sequences_of_different_lengths(bool attention)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using Seq2SeqModel model = Tiny(attention);
        TextPairExample[] pairs = [.. new[] { "abcdef", "ba", "fedc", "bdfhga", "cc", "hgf" }
            .Select(text => new TextPairExample(text, string.Concat(text.Reverse()), null))];
        using Batch batch = model.Collate(pairs, Training);

        (_, float last) = Models.Train(model, batch, steps: 150);

        last.Should().BeLessThan(0.05f);
        using var generation = new GenerationBatch(model, new SamplingOptions { MaxNewTokens = 8, Temperature = 0 }, model.EndOfText);
        GenerationRow[] rows = [.. pairs.Select(pair => generation.Add(
            model.EncodeSource(pair.First, Training.Tokenizer!), [model.DecoderStart], new SeededRandom(1)))];
        while (generation.Rows.Count > 0)
            generation.Step();
        rows.Select(row => Training.Tokenizer!.Decode(row.Tokens)).Should().Equal(pairs.Select(pair => pair.Second));
    }

    // exp(vᵀ tanh(W·s + U·h + b)) normalized over the tokens that are not padding.
    [Fact]
    public void Attention_is_the_formula()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        torch.manual_seed(1);
        using var attention = new AdditiveAttention(hidden: 4, source: 3, new BuildContext(torch.CPU, new Autocast()));
        Tensor output = torch.randn([1, 2, 4]), values = torch.randn([1, 3, 3]);
        Tensor mask = torch.tensor(new float[] { 1, 1, 0 }, [1, 3]);
        Dictionary<string, Tensor> weights = attention.state_dict();

        Tensor combined = attention.Combine(output, attention.Keys(values), values, mask);

        for (int t = 0; t < 2; t++)
        {
            Tensor state = output[0, t];
            Tensor[] scores = [.. Enumerable.Range(0, 2).Select(s => weights["score.weight"].matmul((weights["query.weight"].matmul(state)
                + weights["key.weight"].matmul(values[0, s]) + weights["key.bias"]).tanh()).exp())];
            Tensor attended = (values[0, 0] * scores[0] + values[0, 1] * scores[1]) / (scores[0] + scores[1]);
            Tensor expected = (weights["combine.weight"].matmul(torch.cat([state, attended], 0)) + weights["combine.bias"]).tanh();
            Goldens.Difference(combined[0, t], expected).Should().BeLessThan(1e-5);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Truncated_rows_keep_their_sources(bool attention)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        using Seq2SeqModel model = Tiny(attention);
        int[][] sources = [[5, 6, 7, 8, 9], [11, 12]];
        Tensor ids = Models.Ids(1, 4);
        Tensor[] alone = Array.ConvertAll(sources, source =>
        {
            using IKeyValueCache single = model.NewCache([source], 4);
            return model.Logits(ids, cache: single);
        });
        using IKeyValueCache cache = model.NewCache([sources[1]], 4), longer = model.NewCache([sources[0]], 4);
        model.Logits(ids, cache: cache);
        model.Logits(ids, cache: longer);
        cache.Add(longer);
        cache.Truncate(0, 1);
        cache.Truncate(1, 0);
        cache.Select([1, 0]);

        model.Logits(ids.narrow(1, 0, 1).expand(2, 1), cache: cache);
        cache.Truncate(1, 1);
        Tensor next = model.Logits(ids.narrow(1, 1, 1).expand(2, 1), cache: cache);

        for (int row = 0; row < 2; row++)
            Goldens.Difference(next[row, 0], alone[row][0, 1]).Should().BeLessThan(1e-5);
    }

    [Fact]
    public void Configuration_is_read_back()
    {
        var architecture = new Seq2SeqArchitecture();
        Seq2SeqOptions options = architecture.Resolve(
            new Seq2SeqOptions { Layers = 2, HiddenSize = 12, EmbeddingSize = 8, Attention = false, TieEmbeddings = false, Dropout = 0.2 },
            new ModelFacts(91, new SpecialTokens { EndOfText = 0 }, new DataFacts()));

        ModelConfiguration written = architecture.Describe(options);

        architecture.Read(written).Should().Be(options);
        (options.VocabularySize, options.PadToken, options.DecoderStart).Should().Be((92, 91, 91));
        written["generation_config.json"]["decoder_start_token_id"]!.GetValue<int>().Should().Be(91);
    }

    private static Seq2SeqModel Tiny(bool attention)
    {
        torch.manual_seed(1);
        var architecture = new Seq2SeqArchitecture();
        Seq2SeqModel model = architecture.Build(
            architecture.Resolve(
                new Seq2SeqOptions
                {
                    HiddenSize = 24,
                    EmbeddingSize = 16,
                    ContextLength = 16,
                    InitializerRange = 1,
                    Attention = attention,
                },
                new ModelFacts(91, new SpecialTokens { EndOfText = 0 }, new DataFacts())),
            new BuildContext(torch.CPU, new Autocast()));
        model.eval();
        return model;
    }
}
