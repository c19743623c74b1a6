namespace Tenon.Lstm.Tests;

/// <summary>Generation keeps the state of each row, and reads the tokens of truncated rows again.</summary>
public class StateCacheTests
{
    private const double Tolerance = 1e-5;

    public static TheoryData<string> Names => Models.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Tokens_from_the_cache_have_the_logits_of_the_whole_text(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using RecurrentModel model = Models.Tiny(name);
        using var noGrad = torch.no_grad();
        Tensor ids = Models.Ids(2, 16);
        Tensor whole = model.Logits(ids);

        using IKeyValueCache cache = model.NewCache(2, 16);
        foreach ((int start, int count) in new[] { (0, 3), (3, 1), (4, 5), (9, 1), (10, 6) })
        {
            Goldens.Difference(model.Logits(ids.narrow(1, start, count), cache: cache), whole.narrow(1, start, count)).Should()
                .BeLessThan(Tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Rows_are_added_selected_and_truncated_like_texts_alone(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using RecurrentModel model = Models.Tiny(name);
        using var noGrad = torch.no_grad();
        Tensor ids = Models.Ids(3, 16);
        Tensor whole = model.Logits(ids);
        int[] rows = [0, 1, 2];
        int[] lengths = [9, 2, 5];
        using IKeyValueCache cache = model.NewCache(1, 16);
        model.Logits(ids.narrow(0, 0, 1).narrow(1, 0, lengths[0]), cache: cache);
        for (int row = 1; row < 3; row++)
        {
            using IKeyValueCache other = model.NewCache(1, 16);
            model.Logits(ids.narrow(0, row, 1).narrow(1, 0, lengths[row] + row), cache: other);
            other.Truncate(0, lengths[row]); // read again only after it was added
            cache.Add(other);
        }

        Check(1);
        Check(2);
        cache.Truncate(0, 3);
        cache.Truncate(2, 0);
        cache.Select([2, 0, 0, 1]);
        rows = [2, 0, 0, 1];
        cache.Lengths.Should().Equal(0, 3, 3, 5);
        cache.Truncate(2, 1);
        Check(3);
        Check(1);

        void Check(int tokens)
        {
            int[] starts = [.. cache.Lengths];
            Tensor next = torch.cat([.. rows.Select((row, at) => ids.narrow(0, row, 1).narrow(1, starts[at], tokens))], 0);
            Tensor expected = torch.cat([.. rows.Select((row, at) => whole.narrow(0, row, 1).narrow(1, starts[at], tokens))], 0);
            Goldens.Difference(model.Logits(next, cache: cache), expected).Should().BeLessThan(Tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Prompts_of_different_lengths_are_processed_together(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using RecurrentModel model = Models.Tiny(name);
        using var noGrad = torch.no_grad();
        Tensor ids = Models.Ids(2, 8);
        Tensor whole = model.Logits(ids);
        Tensor padded = torch.cat([ids.narrow(0, 0, 1).narrow(1, 0, 6),
            torch.cat([torch.tensor(new long[] { 7, 7 }, [1, 2]), ids.narrow(0, 1, 1).narrow(1, 0, 4)], 1)], 0);
        Tensor mask = torch.tensor(new long[] { 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1 }, [2, 6]);
        using IKeyValueCache cache = model.NewCache(2, 8);

        Tensor uncached = model.Logits(padded, mask), cached = model.Logits(padded, mask, cache);
        Tensor next = model.Logits(torch.stack([ids[0, 6], ids[1, 4]], 0).unsqueeze(1), cache: cache);

        cache.Lengths.Should().Equal(7, 5);
        foreach (Tensor logits in new[] { uncached, cached })
        {
            Goldens.Difference(logits[0], whole[0].narrow(0, 0, 6)).Should().BeLessThan(Tolerance);
            Goldens.Difference(logits[1].narrow(0, 2, 4), whole[1].narrow(0, 0, 4)).Should().BeLessThan(Tolerance);
        }

        Goldens.Difference(next.squeeze(1), torch.stack([whole[0, 6], whole[1, 4]], 0)).Should().BeLessThan(Tolerance);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Beams_start_with_the_greedy_text_and_are_independent(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using RecurrentModel model = Models.Tiny(name);
        var options = new SamplingOptions { MaxNewTokens = 6 };
        (IReadOnlyList<int>?, IReadOnlyList<int>)[] rows = [(null, [5, 17, 8]), (null, [60, 61, 62, 63, 64]), (null, [9])];
        using var batch = new GenerationBatch(model, options with { Temperature = 0 }, []);
        GenerationRow[] greedy = [.. rows.Select(row => batch.Add(row.Item2, new SeededRandom(1)))];
        while (batch.Rows.Count > 0)
            batch.Step();

        IReadOnlyList<IReadOnlyList<BeamResult>> single = BeamSearch.Run(model, rows, options, new BeamOptions { Beams = 1 }, []);
        var beams = new BeamOptions { Beams = 3, Results = 3 };
        IReadOnlyList<IReadOnlyList<BeamResult>> together = BeamSearch.Run(model, rows, options, beams, [0]);

        single.Select(found => string.Join(' ', found[0].Tokens)).Should().Equal(greedy.Select(row => string.Join(' ', row.Tokens)));
        foreach (((IReadOnlyList<int>?, IReadOnlyList<int>) row, IReadOnlyList<BeamResult> found) in rows.Zip(together))
        {
            IReadOnlyList<BeamResult> alone = BeamSearch.Run(model, [row], options, beams, [0])[0];
            found.Select(result => string.Join(' ', result.Tokens)).Should().Equal(alone.Select(result => string.Join(' ', result.Tokens)));
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using RecurrentModel model = Models.Tiny("lstm"), other = Models.Tiny("lstm");
        using var noGrad = torch.no_grad();
        using IKeyValueCache cache = model.NewCache(2, 4), foreign = other.NewCache(1, 4), longer = model.NewCache(1, 8);
        model.Logits(Models.Ids(1, 6), cache: longer);

        Refused(() => model.Logits(Models.Ids(2, 5), cache: cache), "*holds 4 tokens per row; 5 are too many*");
        Refused(() => model.Logits(Models.Ids(1, 2), cache: cache), "*1 rows*2*");
        Refused(() => model.Logits(Models.Ids(2, 2), torch.tensor(new long[] { 1, 1, 1, 0 }, [2, 2]), cache), "*Row 1*0 after a 1*left*");
        Refused(() => cache.Add(foreign), "*another model*");
        Refused(() => cache.Add(longer), "*6 tokens does not fit in a cache of 4*");
        Refused(() => model.NewCache(1, 25), "*25 tokens*context length is 24*");
        Refused(() => model.Logits(Models.Ids(1, 25)), "*25 tokens*context length is 24*");
        cache.Lengths.Should().Equal(0, 0);
        cache.Invoking(c => c.Truncate(0, 1)).Should().Throw<ArgumentOutOfRangeException>();
        cache.Invoking(c => c.Select([2])).Should().Throw<ArgumentOutOfRangeException>();

        static void Refused(Action act, string message) => act.Should().Throw<ModelException>().WithMessage(message);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_cache_leaves_no_tensor_behind(string name)
    {
        using RecurrentModel model = Models.Tiny(name);
        Use();

        LiveTensors.LeftBy(Use).Should().BeLessThanOrEqualTo(0);

        void Use()
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using var noGrad = torch.no_grad();
            using IKeyValueCache cache = model.NewCache(2, 8), added = model.NewCache(1, 8);
            Tensor mask = torch.tensor(new long[] { 1, 1, 1, 0, 1, 1 }, [2, 3]);
            model.Logits(Models.Ids(2, 3), mask, cache);
            model.Logits(Models.Ids(1, 2), cache: added);
            cache.Add(added);
            cache.Truncate(0, 1);
            cache.Select([2, 0]);
            model.Logits(Models.Ids(2, 1), cache: cache, lastOnly: true);
        }
    }
}
