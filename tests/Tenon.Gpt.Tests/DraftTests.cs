using Tenon.Host.Inference.Formats;

namespace Tenon.Gpt.Tests;

/// <summary>Tokens that a smaller model proposes: fewer passes, and texts of the same distribution.</summary>
public class DraftTests
{
    private const int Vocabulary = 96;

    private static readonly SamplingOptions Greedy = new() { Temperature = 0, MaxNewTokens = 30 };

    private static readonly int[][] Prompts = [[1, 2, 3, 4, 5], [9], [.. Enumerable.Range(20, 25)], [7, 7, 7, 7], [50, 3]];

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(11)]
    public void Greedy_texts_equal_those_without_a_draft(int tokens)
    {
        using GptModel model = Model(1), draft = Model(2, layers: 1);
        int[][] plain = [.. Prompts.Select(prompt => Generate(model, null, Greedy, prompt)[0].Tokens.ToArray())];

        GenerationRow[] together = Generate(model, new DraftModel(draft) { Tokens = tokens }, Greedy, Prompts);
        GenerationRow alone = Generate(model, new DraftModel(draft) { Tokens = tokens }, Greedy, Prompts[0])[0];

        foreach ((GenerationRow row, int[] expected) in together.Zip(plain))
            row.Tokens.Should().Equal(expected);
        alone.Tokens.Should().Equal(plain[0]);
    }

    [Fact]
    public void A_draft_that_is_always_right_saves_passes()
    {
        using GptModel model = Model(1);
        using var batch = new GenerationBatch(model, Greedy, endOfText: [], keepLogProbabilities: true) { Draft = new DraftModel(model) };
        GenerationRow row = batch.Add(Prompts[0], new SeededRandom(1));
        int steps = 0;
        for (; batch.Rows.Count > 0; steps++)
            batch.Step();

        row.Tokens.Should().Equal(Generate(model, null, Greedy, Prompts[0])[0].Tokens);
        row.LogProbabilities.Should().HaveCount(30);
        // The prompt gives one token, five passes five each, and the last the other four.
        steps.Should().Be(7);
        (batch.GuessedTokens, batch.AcceptedTokens).Should().Be((23, 23));
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.6)]
    public void Samples_have_the_distribution_of_the_model(double temperature)
    {
        const int vocabulary = 4, rows = 4000;
        int[] prompt = [0, 1, 2, 0, 1];
        using GptModel model = Model(1, vocabulary: vocabulary), draft = Model(2, layers: 1, vocabulary: vocabulary);
        using DisposeScope scope = torch.NewDisposeScope();
        var counts = new double[vocabulary * vocabulary * vocabulary];
        using (var batch = new GenerationBatch(model, new SamplingOptions { MaxNewTokens = 3, Temperature = temperature }, endOfText: [])
        {
            Draft = new DraftModel(draft) { Tokens = 2 },
        })
        {
            GenerationRow[] drawn = [.. Enumerable.Range(0, rows).Select(row => batch.Add(prompt, new SeededRandom((ulong)row + 1)))];
            Run(batch);
            foreach (GenerationRow row in drawn)
                counts[row.Tokens.Aggregate(0, (index, token) => index * vocabulary + token)]++;
            batch.AcceptedTokens.Should().BeInRange(rows / 10, batch.GuessedTokens - rows / 10, "some proposals are replaced");
        }

        double chiSquare = 0;
        for (int index = 0; index < counts.Length; index++)
        {
            int[] tokens = [index / (vocabulary * vocabulary), index / vocabulary % vocabulary, index % vocabulary];
            double expected = rows * Probability(model, prompt, tokens, temperature);
            chiSquare += (counts[index] - expected) * (counts[index] - expected) / expected;
        }

        // 63 degrees of freedom: exceeded with a probability of 0.001.
        chiSquare.Should().BeLessThan(103.4);
    }

    [Fact]
    public void Rows_do_not_depend_on_the_others()
    {
        using GptModel model = Model(1), small = Model(2, layers: 1);
        var draft = new DraftModel(small) { Tokens = 3 };
        SamplingOptions drawn = Greedy with { Temperature = 0.8, TopP = 0.95 };
        int[][] alone = [.. Prompts.Select(prompt => Generate(model, draft, drawn, prompt)[0].Tokens.ToArray())];
        using var batch = new GenerationBatch(model, drawn, endOfText: []) { Draft = draft, PrefillTokens = 8 };

        List<GenerationRow> rows = [];
        foreach (int[] prompt in Prompts)
        {
            rows.Add(batch.Add(prompt, new SeededRandom(1)));
            batch.Step();
        }

        GenerationRow cancelled = batch.Add(Prompts[1], new SeededRandom(3));
        batch.Step();
        batch.Remove(cancelled, "cancelled");
        Run(batch);

        foreach ((GenerationRow row, int[] expected) in rows.Zip(alone))
            row.Tokens.Should().Equal(expected);
    }

    [Fact]
    public void Formats_penalties_and_lookup_work_with_a_draft()
    {
        var tokenizer = new ToyTokenizer();
        using GptModel model = Model(1, vocabulary: tokenizer.VocabularySize), small = Model(2, layers: 1, vocabulary: tokenizer.VocabularySize);
        var draft = new DraftModel(small);
        SamplingOptions[] various =
        [
            Greedy with { Format = OutputFormats.Regex("(abc|def)*g", tokenizer) },
            Greedy with { RepetitionPenalty = 1.5, FrequencyPenalty = 0.5 },
            Greedy with { PromptLookup = 3 },
            Greedy with { LogitBias = new Dictionary<int, double> { [2] = 4 }, VocabularySize = tokenizer.VocabularySize - 1 },
            Greedy with { Constraints = new TokenConstraints { NoRepeatNGramSize = 2 } },
        ];

        foreach (SamplingOptions options in various)
        {
            Generate(model, draft, options, Prompts[3])[0].Tokens.Should()
                .Equal(Generate(model, null, options, Prompts[3])[0].Tokens, options.ToString());
        }
    }

    [Theory]
    [InlineData(16, Vocabulary)]
    [InlineData(64, 120)]
    [InlineData(64, 90)]
    public void A_draft_can_have_another_context_or_more_or_fewer_rows_of_its_embedding(int context, int vocabulary)
    {
        using GptModel model = Model(1), small = Model(2, layers: 1, vocabulary: vocabulary, context: context);
        SamplingOptions options = Greedy with { VocabularySize = 90 };

        GenerationRow[] rows = Generate(model, new DraftModel(small), options, Prompts);
        GenerationRow[] sampled = Generate(model, new DraftModel(small), options with { Temperature = 1 }, Prompts);

        foreach ((GenerationRow row, int[] prompt) in rows.Zip(Prompts))
            row.Tokens.Should().Equal(Generate(model, null, options, prompt)[0].Tokens);
        sampled.SelectMany(row => row.Tokens).Should().HaveCount(5 * 30).And.OnlyContain(token => token < 90);
    }

    [Fact]
    public void A_draft_leaves_no_tensor_behind()
    {
        using GptModel model = Model(1), small = Model(2, layers: 1);

        LiveTensors.LeftBy(() => Generate(model, new DraftModel(small), Greedy with { Temperature = 1 }, Prompts)).Should().Be(0);
    }

    private static double Probability(GptModel model, int[] prompt, int[] tokens, double temperature)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        long[] ids = [.. prompt.Concat(tokens).Select(id => (long)id)];
        Tensor logProbabilities = (model.Logits(Models.Ids(ids)) / temperature).log_softmax(-1)[0]; // [T, V]
        return Math.Exp(tokens.Index().Sum(token => logProbabilities[prompt.Length - 1 + token.Index, token.Item].item<float>()));
    }

    private static GenerationRow[] Generate(GptModel model, DraftModel? draft, SamplingOptions options, params int[][] prompts)
    {
        using var batch = new GenerationBatch(model, options, endOfText: []) { Draft = draft };
        GenerationRow[] rows = [.. prompts.Select(prompt => batch.Add(prompt, new SeededRandom(1)))];
        Run(batch);
        return rows;
    }

    private static void Run(GenerationBatch batch)
    {
        while (batch.Rows.Count > 0)
            batch.Step();
    }

    // Another seed moves the weights.
    private static GptModel Model(int seed, int layers = 2, int vocabulary = Vocabulary, int context = 64)
    {
        GptModel model = Models.Tiny(new GptOptions
        {
            Layers = layers,
            HiddenSize = 32,
            Heads = 4,
            ContextLength = context,
            VocabularySize = vocabulary,
            InitializerRange = 0.3,
        });
        using torch.Generator seeded = torch.manual_seed(seed);
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        foreach (Parameter parameter in model.parameters())
            parameter.add_(torch.randn_like(parameter) * 0.02 * seed);
        return model;
    }
}
