using Tenon.NeoX;

namespace Tenon.Layers.Tests;

/// <summary>Rows of a running batch with settings of their own.</summary>
public class GenerationRequestTests
{
    private static readonly SamplingOptions Greedy = new() { Temperature = 0, MaxNewTokens = 8 };

    private static readonly SamplingOptions[] Various =
    [
        Greedy,
        Greedy with { Temperature = 0.9, TopP = 0.8, MaxNewTokens = 12 },
        Greedy with { Temperature = 1.2, TopK = 7, RepetitionPenalty = 1.3 },
        Greedy with { PresencePenalty = 1.5, FrequencyPenalty = 0.5, MaxNewTokens = 10 },
        Greedy with { Temperature = 0.7, LogitBias = new Dictionary<int, double> { [3] = 5, [4] = -100 }, VocabularySize = 50 },
        Greedy with { Constraints = new TokenConstraints { NoRepeatNGramSize = 2 } },
    ];

    [Fact]
    public void Rows_with_different_options_share_a_batch_and_equal_those_alone()
    {
        using NeoXModel model = NeoXModels.Tiny();
        GenerationRequest[] requests = [.. Various.Select((options, i) => Request(i, options))];
        GenerationRow[] alone = [.. requests.Select((_, i) => Alone(model, Request(i, Various[i])))];
        using var batch = new GenerationBatch(model, new SamplingOptions(), endOfText: []);

        GenerationRow[] rows = [.. requests.Take(3).Select(batch.Add)];
        batch.Step();
        batch.Step();
        rows = [.. rows, .. requests.Skip(3).Select(batch.Add)];
        Run(batch);

        rows.Select(row => row.Tokens.Count).Should().Equal(8, 12, 8, 10, 8, 8);
        foreach ((GenerationRow together, GenerationRow single) in rows.Zip(alone))
            together.Tokens.Should().Equal(single.Tokens);
    }

    [Fact]
    public void Long_prompts_are_processed_in_parts_without_holding_up_running_rows()
    {
        using NeoXModel model = NeoXModels.Tiny();
        int[] longest = [.. Enumerable.Range(1, 20)];
        GenerationRow whole = Alone(model, Long());
        GenerationRow[] alone = [.. Enumerable.Range(0, 3).Select(i => Alone(model, Request(i, Various[i])))];
        using var batch = new GenerationBatch(model, Greedy, endOfText: []) { PrefillTokens = 6 };

        GenerationRow first = batch.Add(Request(0, Various[0]));
        batch.Step();
        GenerationRow late = batch.Add(Long());
        GenerationRow second = batch.Add(Request(1, Various[1])), third = batch.Add(Request(2, Various[2]));
        var lengths = new List<(int First, int Late)>();
        for (int i = 0; i < 4; i++)
        {
            batch.Step();
            lengths.Add((first.Tokens.Count, late.Tokens.Count));
        }

        Run(batch);

        lengths.Should().Equal((2, 0), (3, 0), (4, 0), (5, 1));
        late.Tokens.Should().Equal(whole.Tokens);
        foreach ((GenerationRow together, GenerationRow single) in new[] { first, second, third }.Zip(alone))
            together.Tokens.Should().Equal(single.Tokens);

        GenerationRequest Long() => new(longest, new SeededRandom(9)) { Options = Greedy with { MaxNewTokens = 4 } };
    }

    [Fact]
    public void A_long_prompt_can_be_removed_between_its_parts()
    {
        using NeoXModel model = NeoXModels.Tiny();
        using var batch = new GenerationBatch(model, Greedy, endOfText: []) { PrefillTokens = 6 };

        GenerationRow row = batch.Add([.. Enumerable.Range(1, 20)], new SeededRandom(1));
        batch.Step();
        batch.Rows.Should().Equal(row);
        batch.Remove(row, "cancelled");

        batch.Rows.Should().BeEmpty();
        row.Tokens.Should().BeEmpty();
        row.Ending.Should().Be("cancelled");
    }

    [Fact]
    public void Scores_are_the_models_own_log_probabilities()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        using NeoXModel model = NeoXModels.Tiny();
        GenerationRow row = Alone(model, Request(3, Various[3]) with { TopScores = 5 });
        GenerationRow none = Alone(model, Request(3, Various[3]));

        row.Tokens.Should().Equal(none.Tokens);
        none.Scores.Should().BeEmpty();
        row.Scores.Should().HaveCount(10);
        foreach ((int at, TokenScores scores) in row.Scores.Index())
        {
            float[] expected = NeoXModels.Values(Logits(model, [.. row.Prompt, .. row.Tokens.Take(at)]).log_softmax(-1));
            scores.Chosen.Should().BeApproximately(expected[row.Tokens[at]], 1e-4f);
            scores.Top.Should().HaveCount(5);
            scores.Top.Select(score => score.LogProbability).Should().BeInDescendingOrder();
            scores.Top[0].LogProbability.Should().BeApproximately(expected.Max(), 1e-4f);
            scores.Top.Should().AllSatisfy(score => score.LogProbability.Should().BeApproximately(expected[score.Token], 1e-4f));
        }
    }

    [Fact]
    public void Penalties_and_bias_follow_their_formula()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        using NeoXModel model = NeoXModels.Tiny();
        var bias = new Dictionary<int, double> { [7] = 2.5, [11] = -4 };
        SamplingOptions options = Greedy with { PresencePenalty = 0.8, FrequencyPenalty = 0.6, LogitBias = bias, MaxNewTokens = 16 };
        GenerationRow row = Alone(model, Request(2, options));

        foreach (int at in Enumerable.Range(0, row.Tokens.Count))
        {
            float[] logits = NeoXModels.Values(Logits(model, [.. row.Prompt, .. row.Tokens.Take(at)]));
            foreach ((int token, double value) in bias)
                logits[token] += (float)value;
            foreach ((int token, int count) in row.Tokens.Take(at).CountBy(token => token))
                logits[token] -= (float)(0.6 * count + 0.8);
            row.Tokens[at].Should().Be(Array.IndexOf(logits, logits.Max()), "token {0}", at);
        }

        row.Tokens.Should().NotEqual(Alone(model, Request(2, Greedy with { MaxNewTokens = 16 })).Tokens);
        Biased(42, 1000).Tokens.Should().OnlyContain(token => token == 42);
        Action unknown = () => Biased(100, 1);
        unknown.Should().Throw<ModelException>().WithMessage("Token 100 has a bias*100 ids*");

        GenerationRow Biased(int token, double value) =>
            Alone(model, Request(2, Greedy with { LogitBias = new Dictionary<int, double> { [token] = value } }));
    }

    [Fact]
    public void Each_row_ends_at_its_own_ids()
    {
        using NeoXModel model = NeoXModels.Tiny();
        int[] tokens = [.. Alone(model, Request(1, Various[1])).Tokens];
        using var batch = new GenerationBatch(model, Greedy, endOfText: []);

        GenerationRow ends = batch.Add(Request(1, Various[1]) with { EndOfText = [tokens[4]] });
        GenerationRow other = batch.Add(Request(1, Various[1]));
        Run(batch);

        ends.Tokens.Should().Equal(tokens.TakeWhile(token => token != tokens[4]).Append(tokens[4]));
        ends.Ending.Should().Be(GenerationEnding.EndOfText);
        other.Tokens.Should().Equal(tokens);
    }

    [Fact]
    public void Steps_leave_no_tensor_behind()
    {
        using NeoXModel model = NeoXModels.Tiny();
        LiveTensors.LeftBy(() =>
        {
            using var batch = new GenerationBatch(model, Greedy, endOfText: [], keepLogProbabilities: true) { PrefillTokens = 5 };
            foreach ((int i, SamplingOptions options) in Various.Index())
                batch.Add(Request(i, options) with { TopScores = 2 });
            batch.Add([.. Enumerable.Range(1, 18)], new SeededRandom(1));
            batch.Step();
            batch.Add([.. Enumerable.Range(1, 12)], new SeededRandom(1));
            Run(batch);
        }).Should().Be(0);
    }

    private static GenerationRequest Request(int i, SamplingOptions options) =>
        new([.. Enumerable.Range(10 * i + 1, i + 1)], new SeededRandom((ulong)i)) { Options = options };

    private static GenerationRow Alone(NeoXModel model, GenerationRequest request)
    {
        using var batch = new GenerationBatch(model, new SamplingOptions(), endOfText: []);
        GenerationRow row = batch.Add(request);
        Run(batch);
        return row;
    }

    // [V], after the last of the ids.
    private static Tensor Logits(NeoXModel model, int[] ids) =>
        model.Logits(torch.tensor(Array.ConvertAll(ids, id => (long)id), [1, ids.Length]), lastOnly: true).reshape(-1);

    private static void Run(GenerationBatch batch)
    {
        while (batch.Rows.Count > 0)
            batch.Step();
    }
}
