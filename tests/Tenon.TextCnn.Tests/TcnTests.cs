namespace Tenon.TextCnn.Tests;

public class TcnTests
{
    private const double Tolerance = 1e-5;

    [Theory]
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    public void A_prediction_reads_the_receptive_field_and_nothing_else(int layers, int kernel)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        using TcnModel model = Models.Language(layers, kernel);
        int field = 1 + 2 * (kernel - 1) * ((1 << layers) - 1);
        model.ReceptiveField.Should().Be(field);
        Tensor ids = Models.Ids(1, field + 5);
        Tensor last = model.Logits(ids, lastOnly: true);

        Models.Difference(model.Logits(Changed(5), lastOnly: true), last).Should().BeGreaterThan(1e-4);
        Models.Difference(model.Logits(Changed(4), lastOnly: true), last).Should().Be(0);

        Tensor Changed(int position)
        {
            Tensor changed = ids.clone();
            changed[0, position] = ids[0, position].remainder(90) + 1;
            return changed;
        }
    }

    // Also longer than the receptive field, and shorter than the state of one convolution.
    [Fact]
    public void Tokens_from_the_cache_have_the_logits_of_the_whole_text()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        using TcnModel model = Models.Language(layers: 3);
        Tensor ids = Models.Ids(2, 40);
        Tensor whole = model.Logits(ids);
        using IKeyValueCache cache = model.NewCache(2, 40);

        foreach ((int start, int count) in new[] { (0, 3), (3, 1), (4, 5), (9, 1), (10, 29), (39, 1) })
        {
            Models.Difference(model.Logits(ids.narrow(1, start, count), cache: cache), whole.narrow(1, start, count)).Should()
                .BeLessThan(Tolerance);
        }
    }

    [Fact]
    public void Rows_of_different_lengths_are_added_selected_and_truncated_like_texts_alone()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        using TcnModel model = Models.Language();
        Tensor ids = Models.Ids(3, 16);
        Tensor whole = model.Logits(ids);
        int[] rows = [0, 1, 2];
        Tensor padded = torch.cat([ids.narrow(0, 0, 1).narrow(1, 0, 6),
            torch.cat([torch.tensor(new long[] { 7, 7 }, [1, 2]), ids.narrow(0, 1, 1).narrow(1, 0, 4)], 1)], 0);
        Tensor mask = torch.tensor(new long[] { 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1 }, [2, 6]);
        using IKeyValueCache cache = model.NewCache(2, 16), added = model.NewCache(1, 16);
        model.Logits(padded, mask, cache);
        model.Logits(ids.narrow(0, 2, 1).narrow(1, 0, 9), cache: added);
        cache.Add(added);

        Check(2);
        cache.Truncate(2, 5);
        cache.Select([2, 0, 2]);
        rows = [2, 0, 2];
        Check(3);

        void Check(int tokens)
        {
            int[] starts = [.. cache.Lengths];
            Tensor next = torch.cat([.. rows.Select((row, at) => ids.narrow(0, row, 1).narrow(1, starts[at], tokens))], 0);
            Tensor expected = torch.cat([.. rows.Select((row, at) => whole.narrow(0, row, 1).narrow(1, starts[at], tokens))], 0);
            Models.Difference(model.Logits(next, cache: cache), expected).Should().BeLessThan(Tolerance);
        }
    }

    [Fact]
    public void A_cache_leaves_no_tensor_behind()
    {
        using TcnModel model = Models.Language();
        Use();

        LiveTensors.LeftBy(Use).Should().BeLessThanOrEqualTo(0);

        void Use()
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using var noGrad = torch.no_grad();
            using IKeyValueCache cache = model.NewCache(2, 8);
            model.Logits(Models.Ids(2, 3), torch.tensor(new long[] { 1, 1, 1, 0, 1, 1 }, [2, 3]), cache);
            cache.Truncate(0, 1);
            cache.Select([1, 0]);
            model.Logits(Models.Ids(2, 1), cache: cache, lastOnly: true);
        }
    }

    [Fact]
    public void Learns_to_continue()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using TcnModel model = Models.Language();
        using Batch batch = model.Collate(
            [new TokenBlock(Enumerable.Range(0, 24).Select(i => 5 + i % 3).ToArray()),
                new TokenBlock(Enumerable.Range(0, 20).Select(i => 50 - i).ToArray())], Models.Training);

        Models.Train(model, batch, steps: 60).Should().BeLessThan(0.1f);

        using var generation = new GenerationBatch(model, new SamplingOptions { MaxNewTokens = 5, Temperature = 0 }, []);
        GenerationRow up = generation.Add([5, 6, 7, 5], new SeededRandom(1)), down = generation.Add([50, 49, 48], new SeededRandom(1));
        while (generation.Rows.Count > 0)
            generation.Step();
        up.Tokens.Should().Equal(6, 7, 5, 6, 7);
        down.Tokens.Should().Equal(47, 46, 45, 44, 43);
    }

    [Fact]
    public void Configuration_is_read_back()
    {
        var architecture = new TcnArchitecture();
        TcnOptions options = architecture.Resolve(
            new TcnOptions { Layers = 3, KernelSize = 5, VocabularySize = 91, Dropout = 0.2, TieEmbeddings = false, EndOfText = 4 },
            Models.NoFacts);

        architecture.Read(architecture.Describe(options)).Should().Be(options);
    }
}
