using Tenon.NeoX;

namespace Tenon.Layers.Tests;

/// <summary>The generation loop as a running batch.</summary>
public class GenerationBatchTests
{
    private static readonly SamplingOptions Drawn = new() { Temperature = 0.9, TopK = 20, RepetitionPenalty = 1.2, MaxNewTokens = 10 };

    [Fact]
    public void Rows_join_and_leave_without_changing_the_others()
    {
        using torch.Generator seeded = torch.manual_seed(7);
        using NeoXModel model = NeoXModels.Tiny();
        int[][] prompts = [[1, 2, 3], [4], [5, 6, 7, 8, 9, 10, 11, 12], [13, 14]];
        int[][] alone = [.. prompts.Select((prompt, row) => Alone(model, prompt, row))];
        using var batch = new GenerationBatch(model, Drawn, endOfText: []);

        GenerationRow first = batch.Add(prompts[0], new SeededRandom(0)), cancelled = batch.Add(prompts[1], new SeededRandom(1));
        Steps(batch, 3);
        // Longer than what the cache was made for.
        GenerationRow joined = batch.Add(prompts[2], new SeededRandom(2));
        Steps(batch, 2);
        batch.Remove(cancelled, "cancelled");
        GenerationRow last = batch.Add(prompts[3], new SeededRandom(3));
        while (batch.Rows.Count > 0)
            batch.Step();

        first.Tokens.Should().Equal(alone[0]);
        joined.Tokens.Should().Equal(alone[2]);
        last.Tokens.Should().Equal(alone[3]);
        cancelled.Tokens.Should().Equal(alone[1][..5]);
        new[] { first, cancelled, joined, last }.Select(row => row.Ending).Should().Equal("length", "cancelled", "length", "length");
        batch.Step();
        last.Tokens.Should().HaveCount(10, "an empty batch has nothing to do");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Rows_of_the_embedding_without_a_token_are_never_drawn(double temperature)
    {
        using torch.Generator seeded = torch.manual_seed(8);
        using NeoXModel model = NeoXModels.Tiny();
        var options = new SamplingOptions { Temperature = temperature, MaxNewTokens = 20, VocabularySize = 3 };
        using var batch = new GenerationBatch(model, options, endOfText: [], keepLogProbabilities: true);

        GenerationRow[] rows = [.. Enumerable.Range(0, 8).Select(row => batch.Add([row], new SeededRandom((ulong)row)))];
        Run(batch);

        rows.SelectMany(row => row.Tokens).Should().OnlyContain(token => token < 3);
        rows.SelectMany(row => row.LogProbabilities).Should().OnlyContain(value => value <= 0 && value > -20);
    }

    [Fact]
    public void Each_of_several_ids_ends_a_row()
    {
        using torch.Generator seeded = torch.manual_seed(8);
        using NeoXModel model = NeoXModels.Tiny();
        using var endless = new GenerationBatch(model, Drawn, endOfText: []);
        GenerationRow whole = endless.Add([1, 2], new SeededRandom(5));
        Run(endless);
        int end = whole.Tokens[6];

        using var ending = new GenerationBatch(model, Drawn, endOfText: [999, end]);
        GenerationRow cut = ending.Add([1, 2], new SeededRandom(5));
        Run(ending);

        cut.Tokens.Should().Equal(whole.Tokens.TakeWhile(token => token != end).Append(end));
        cut.Ending.Should().Be("end of text");
    }

    [Fact]
    public void A_row_ends_at_its_end_of_text_or_context()
    {
        using torch.Generator seeded = torch.manual_seed(8);
        using NeoXModel model = NeoXModels.Tiny();
        SamplingOptions options = Drawn with { MaxNewTokens = 100 };
        int[] full = [.. Enumerable.Range(0, 24)];
        using var endless = new GenerationBatch(model, options, endOfText: []);
        GenerationRow whole = endless.Add([1, 2], new SeededRandom(5));
        GenerationRow near = endless.Add(full[..20], new SeededRandom(6));
        GenerationRow none = endless.Add(full, new SeededRandom(7));
        Run(endless);
        int end = whole.Tokens[6];

        using var ending = new GenerationBatch(model, options, endOfText: [end]);
        GenerationRow cut = ending.Add([1, 2], new SeededRandom(5));
        Run(ending);

        whole.Tokens.Should().HaveCount(22);
        near.Tokens.Should().HaveCount(4);
        none.Tokens.Should().BeEmpty();
        new[] { whole, near, none }.Select(row => row.Ending).Should().AllBe("context");
        cut.Tokens.Should().Equal(whole.Tokens.TakeWhile(token => token != end).Append(end));
        cut.Ending.Should().Be("end of text");
        Action tooLong = () => endless.Add([.. full, 1], new SeededRandom(1));
        tooLong.Should().Throw<ModelException>().WithMessage("*25 tokens*1 … 24*");
    }

    [Fact]
    public void Log_probabilities_match_the_sampling_distribution()
    {
        using torch.Generator seeded = torch.manual_seed(9);
        using DisposeScope scope = torch.NewDisposeScope();
        using NeoXModel model = NeoXModels.Tiny();
        using var noGrad = torch.no_grad();
        var options = new SamplingOptions { Temperature = 0.8, MaxNewTokens = 5 };
        using var batch = new GenerationBatch(model, options, endOfText: [], keepLogProbabilities: true);
        GenerationRow row = batch.Add([1, 2, 3], new SeededRandom(4));
        Run(batch);

        long[] all = [.. row.Prompt.Concat(row.Tokens).Select(id => (long)id)];
        Tensor logProbabilities = (model.Logits(torch.tensor(all).unsqueeze(0)) / 0.8).log_softmax(-1)[0];

        row.LogProbabilities.Should().HaveCount(5);
        for (int t = 0; t < 5; t++)
            row.LogProbabilities[t].Should().BeApproximately(logProbabilities[2 + t, all[3 + t]].item<float>(), 1e-4f);
    }

    [Fact]
    public void Steps_leave_no_tensor_behind()
    {
        using NeoXModel model = NeoXModels.Tiny();
        LiveTensors.LeftBy(() =>
        {
            using var batch = new GenerationBatch(model, Drawn, endOfText: [3], keepLogProbabilities: true);
            batch.Add([1, 2], new SeededRandom(1));
            Steps(batch, 2);
            batch.Add([1, 2, 3, 4, 5], new SeededRandom(2));
            Run(batch);
        }).Should().Be(0);
    }

    private static int[] Alone(NeoXModel model, int[] prompt, int row)
    {
        using var batch = new GenerationBatch(model, Drawn, endOfText: []);
        GenerationRow made = batch.Add(prompt, new SeededRandom((ulong)row));
        Run(batch);
        return [.. made.Tokens];
    }

    private static void Run(GenerationBatch batch)
    {
        while (batch.Rows.Count > 0)
            batch.Step();
    }

    private static void Steps(GenerationBatch batch, int count)
    {
        for (int i = 0; i < count; i++)
            batch.Step();
    }
}
