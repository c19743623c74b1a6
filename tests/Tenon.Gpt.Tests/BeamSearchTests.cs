namespace Tenon.Gpt.Tests;

/// <summary>Beam search and token constraints with a decoder-only model.</summary>
public class BeamSearchTests
{
    private const int End = 0;
    private static readonly int[] Prompt = [5, 17, 8];

    [Fact]
    public void As_many_beams_as_ids_find_the_most_probable_texts()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.Tiny();
        double[,] logProbabilities = Exhaustive(model);

        BeamResult[] found = [.. Search(model, new SamplingOptions { MaxNewTokens = 2 }, Beams(96, 5), ends: [])];

        found.Should().HaveCount(5);
        double[] best = [.. logProbabilities.Cast<double>().OrderDescending().Take(5)];
        foreach ((BeamResult result, double expected) in found.Zip(best))
        {
            result.Score.Should().BeApproximately(expected / 2, 1e-4);
            logProbabilities[result.Tokens[0], result.Tokens[1]].Should().BeApproximately(expected, 1e-4);
            result.Ending.Should().Be(GenerationEnding.Length);
        }
    }

    [Fact]
    public void One_beam_decodes_greedily()
    {
        using GptModel model = Models.Tiny();
        using var batch = new GenerationBatch(model, new SamplingOptions { MaxNewTokens = 8, Temperature = 0 }, []);
        GenerationRow greedy = batch.Add(Prompt, new SeededRandom(1));
        while (batch.Rows.Count > 0)
            batch.Step();

        Search(model, new SamplingOptions { MaxNewTokens = 8 }, Beams(1, 1), ends: [])[0].Tokens.Should().Equal(greedy.Tokens);
    }

    [Fact]
    public void Prompts_of_one_search_are_independent()
    {
        using GptModel model = Models.Tiny();
        var options = new SamplingOptions { MaxNewTokens = 6 };
        (IReadOnlyList<int>?, IReadOnlyList<int>)[] rows = [(null, Prompt), (null, [60, 61, 62, 63, 64]), (null, [9])];

        IReadOnlyList<IReadOnlyList<BeamResult>> together = BeamSearch.Run(model, rows, options, Beams(3, 3), [End]);

        foreach (((IReadOnlyList<int>?, IReadOnlyList<int>) row, IReadOnlyList<BeamResult> found) in rows.Zip(together))
        {
            IReadOnlyList<BeamResult> alone = BeamSearch.Run(model, [row], options, Beams(3, 3), [End])[0];
            found.Select(result => string.Join(' ', result.Tokens)).Should().Equal(alone.Select(result => string.Join(' ', result.Tokens)));
        }
    }

    [Fact]
    public void Constraints_hold_in_beams_and_samples()
    {
        using GptModel model = Models.Tiny();
        var options = new SamplingOptions
        {
            MaxNewTokens = 12,
            Constraints = new TokenConstraints
            {
                MinLength = Prompt.Length + 4,
                NoRepeatNGramSize = 2,
                BadWords = [[3], [17, 8], [End]],
                ForcedEnd = End,
            },
        };
        int[] ends = [End, .. Enumerable.Range(1, 30)]; // so many that a text would end at once
        using var batch = new GenerationBatch(model, options, ends);
        GenerationRow[] rows = [.. Enumerable.Range(0, 8).Select(i => batch.Add(Prompt, new SeededRandom((ulong)i)))];
        while (batch.Rows.Count > 0)
            batch.Step();

        IReadOnlyList<int>[] texts =
            [.. rows.Select(row => row.Tokens), .. Search(model, options, Beams(4, 4), ends).Select(result => result.Tokens)];

        foreach (IReadOnlyList<int> text in texts)
        {
            int[] all = [.. Prompt, .. text];
            text.Count.Should().BeGreaterThanOrEqualTo(5, "a text may end with its fifth token");
            text.Take(4).Should().NotContain(id => ends.Contains(id));
            text.Should().NotContain(3);
            all.Zip(all.Skip(1)).Skip(2).Should().NotContain((17, 8));
            all.Zip(all.Skip(1)).Should().OnlyHaveUniqueItems();
            if (text.Count == 12)
                text[^1].Should().Be(End);
        }
    }

    [Fact]
    public void The_second_token_of_a_row_can_be_forced()
    {
        using GptModel model = Models.Tiny();
        var options = new SamplingOptions { MaxNewTokens = 3, Constraints = new TokenConstraints { ForcedBegin = 42 } };

        IReadOnlyList<BeamResult> found = BeamSearch.Run(model, [(null, [5])], options, Beams(2, 2), [])[0];

        found.Should().OnlyContain(result => result.Tokens[0] == 42);
        Search(model, options, Beams(1, 1), []).Should().HaveCount(1, "a longer prompt already has a second token");
    }

    [Fact]
    public void Unusable_numbers_are_refused()
    {
        using GptModel model = Models.Tiny();

        FluentActions.Invoking(() => Search(model, new SamplingOptions(), Beams(97, 1), [])).Should().Throw<ModelException>()
            .WithMessage("97 beams were requested, but the vocabulary has 96 ids. Use 1 … 96 beams.");
        FluentActions.Invoking(() => Search(model, new SamplingOptions(), Beams(2, 3), [])).Should().Throw<ModelException>()
            .WithMessage("3 results of 2 beams were requested. Use at least as many beams as results.");
    }

    private static BeamOptions Beams(int beams, int results) => new() { Beams = beams, Results = results };

    private static IReadOnlyList<BeamResult> Search(GptModel model, SamplingOptions options, BeamOptions beams, int[] ends) =>
        BeamSearch.Run(model, [(null, Prompt)], options, beams, ends)[0];

    // The log-probability of each pair of tokens after the prompt.
    private static double[,] Exhaustive(GptModel model)
    {
        using var untracked = torch.no_grad();
        long[][] rows = [.. Enumerable.Range(0, 96).Select(id => (long[])[.. Prompt.Select(token => (long)token), id])];
        Tensor scores = model.Logits(Models.Ids(rows)).log_softmax(-1); // [96, 4, 96]
        float[] first = Models.Values(scores[0][2]), second = Models.Values(scores.select(1, 3));
        var sums = new double[96, 96];
        for (int i = 0; i < 96; i++)
        {
            for (int j = 0; j < 96; j++)
                sums[i, j] = first[i] + second[i * 96 + j];
        }

        return sums;
    }
}
