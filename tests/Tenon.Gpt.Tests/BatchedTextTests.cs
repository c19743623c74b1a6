namespace Tenon.Gpt.Tests;

/// <summary>A text in a batch and the same text alone differ by no more than rounding.</summary>
public class BatchedTextTests
{
    private const int Texts = 12;

    [Fact]
    public void In_fp32_tokens_differ_only_where_the_two_best_logits_are_equal()
    {
        using GptModel model = Model(WeightFormat.Fp32);

        foreach ((GenerationRow together, GenerationRow alone) in Pairs(model))
        {
            together.Tokens.Should().HaveCount(40);
            int same = Same(together, alone);
            if (same == 40)
                continue;
            IReadOnlyList<TokenScore> best = alone.Scores[same].Top;
            (best[0].LogProbability - best[1].LogProbability).Should().BeLessThanOrEqualTo(1e-4f);
        }
    }

    [Fact]
    public void In_bf16_log_probabilities_differ_by_at_most_005()
    {
        using GptModel model = Model(WeightFormat.Bf16);
        int compared = 0;

        foreach ((GenerationRow together, GenerationRow alone) in Pairs(model))
        {
            int same = Same(together, alone);
            compared += same;
            for (int at = 0; at < same; at++)
                together.Scores[at].Chosen.Should().BeApproximately(alone.Scores[at].Chosen, 0.05f);
        }

        compared.Should().BeGreaterThan(Texts * 40 / 2);
    }

    // Texts that join at different times and whose prompts have different lengths, in parts, and each of them alone.
    private static (GenerationRow Together, GenerationRow Alone)[] Pairs(GptModel model)
    {
        using var batch = new GenerationBatch(model, new SamplingOptions(), endOfText: []) { PrefillTokens = 24 };
        List<GenerationRow> rows = [];
        for (int i = 0; i < Texts; i++)
        {
            rows.Add(batch.Add(Request(i)));
            if (i % 3 == 0)
                batch.Step();
        }

        Run(batch);
        return [.. rows.Index().Select(row =>
        {
            using var single = new GenerationBatch(model, new SamplingOptions(), endOfText: []);
            GenerationRow alone = single.Add(Request(row.Index));
            Run(single);
            return (row.Item, alone);
        })];
    }

    private static GenerationRequest Request(int i) => new([.. Enumerable.Range(0, 1 + 7 * i).Select(at => (at * 13 + i * 29) % 300)], new(1))
    {
        Options = new SamplingOptions { Temperature = 0, MaxNewTokens = 40 },
        TopScores = 2,
    };

    private static int Same(GenerationRow together, GenerationRow alone) =>
        together.Tokens.Zip(alone.Tokens).TakeWhile(pair => pair.First == pair.Second).Count();

    private static void Run(GenerationBatch batch)
    {
        while (batch.Rows.Count > 0)
            batch.Step();
    }

    private static GptModel Model(WeightFormat format)
    {
        GptModel model = Models.Tiny(new GptOptions
        {
            Layers = 4,
            HiddenSize = 128,
            Heads = 4,
            ContextLength = 128,
            VocabularySize = 300,
            InitializerRange = 0.1,
        });
        model.PackWeights(format);
        return model;
    }
}
