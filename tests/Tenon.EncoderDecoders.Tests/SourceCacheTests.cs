namespace Tenon.EncoderDecoders.Tests;

public class SourceCacheTests
{
    public static TheoryData<string> Names => Models.Names;

    private static readonly int[] Short = [5, 9, 1];
    private static readonly int[] Long = [17, 4, 33, 8, 60, 2, 1];

    [Theory]
    [MemberData(nameof(Names))]
    public void Rows_with_sources_of_different_lengths_are_independent(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using EncoderDecoderModel model = Models.Golden(name);
        using var untracked = torch.no_grad();
        int[][] sources = [Long, Short];
        int[] target = [model.DecoderStart, 11, 23];
        Tensor[] alone = Array.ConvertAll(sources, source => Logits(model, source, target));
        using IKeyValueCache cache = model.NewCache([Short], 3), added = model.NewCache([Long], 3);
        model.Logits(Ids(target[..2]), cache: cache);
        model.Logits(Ids(target[..2]), cache: added);

        cache.Add(added);
        cache.Select([1, 0, 1]);
        Tensor next = model.Logits(Ids(target[2..]).expand(3, 1), cache: cache); // [3, 1, V]

        foreach ((int row, int source) in new[] { 0, 1, 0 }.Index())
            Goldens.Difference(next[row], alone[source][0].narrow(0, 2, 1)).Should().BeLessThan(1e-4);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Prompts_join_a_running_batch(string name)
    {
        using EncoderDecoderModel model = Models.Golden(name);
        var greedy = new SamplingOptions { MaxNewTokens = 6, Temperature = 0 };
        using var batch = new GenerationBatch(model, greedy, []);
        using var alone = new GenerationBatch(model, greedy, []);
        GenerationRow expected = alone.Add(Long, [model.DecoderStart], new SeededRandom(1));
        while (alone.Rows.Count > 0)
            alone.Step();

        batch.Add(Short, [model.DecoderStart], new SeededRandom(1));
        batch.Step();
        batch.Step();
        GenerationRow joined = batch.Add(Long, [model.DecoderStart], new SeededRandom(1));
        while (batch.Rows.Count > 0)
            batch.Step();

        joined.Tokens.Should().Equal(expected.Tokens);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Guessed_tokens_do_not_change_a_target(string name)
    {
        using EncoderDecoderModel model = Models.Golden(name);
        int[][] Targets(int guesses)
        {
            using var batch = new GenerationBatch(
                model, new SamplingOptions { MaxNewTokens = 16, Temperature = 0, PromptLookup = guesses }, []);
            GenerationRow[] rows = [.. new[] { Long, Short }.Select(source => batch.Add(source, [model.DecoderStart], new SeededRandom(1)))];
            while (batch.Rows.Count > 0)
                batch.Step();
            return Array.ConvertAll(rows, row => row.Tokens.ToArray());
        }

        Targets(guesses: 4).Should().BeEquivalentTo(Targets(guesses: 0), strict => strict.WithStrictOrdering());
    }

    [Fact]
    public void A_source_that_is_too_long_is_refused()
    {
        using EncoderDecoderModel model = Models.Golden("bart-tiny");
        using var batch = new GenerationBatch(model, new SamplingOptions(), []);

        FluentActions.Invoking(() => batch.Add(new int[41], [model.DecoderStart], new SeededRandom(1))).Should().Throw<ModelException>()
            .WithMessage("A source has 41 tokens, but the encoder reads at most 40. Shorten the source.");
        FluentActions.Invoking(() => model.NewCache([new int[41]], 4)).Should().Throw<ModelException>().WithMessage("A source has 41*");
    }

    private static Tensor Logits(EncoderDecoderModel model, int[] source, int[] target)
    {
        using IKeyValueCache cache = model.NewCache([source], target.Length);
        return model.Logits(Ids(target), cache: cache);
    }

    private static Tensor Ids(int[] ids) => torch.tensor(Array.ConvertAll(ids, id => (long)id)).unsqueeze(0);
}
