namespace Tenon.Gpt.Tests;

/// <summary>Prompts with the same start: it is processed once, and the texts do not change.</summary>
public class PrefixCacheTests
{
    private const long Plenty = 1L << 30;

    // Two layers of keys and values of 32 float32 numbers.
    private const long BytesPerToken = 2 * 2 * 32 * sizeof(float);

    private static readonly SamplingOptions Greedy = new() { Temperature = 0, MaxNewTokens = 12 };
    private static readonly SamplingOptions Drawn = Greedy with { Temperature = 0.9, TopK = 40, RepetitionPenalty = 1.1 };

    // A shared system text.
    private static readonly int[] System = [.. Enumerable.Range(20, 30)];

    [Fact]
    public void A_shared_start_is_processed_once()
    {
        using GptModel model = Tiny();
        using var counting = new CountingModel(model);
        using var prefixes = new PrefixCache(counting, Plenty);
        int[][] prompts = [Prompt(1, 2, 3, 4, 5), Prompt(6, 7, 8, 9, 10), Prompt(11, 12, 13)];

        GenerationRow[] rows = [.. prompts.Select(prompt => Generate(counting, prefixes, First, prompt).Single())];

        counting.Tokens.Should().Be(35 + 5 + 3);
        rows.Select(row => row.ReusedTokens).Should().Equal(0, 30, 30);
        prefixes.ReusedTokens.Should().Be(60);
        rows.Select(row => row.Tokens[0]).Should().Equal(prompts.Select(prompt => Generate(model, null, First, prompt).Single().Tokens[0]));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(16)]
    public void Prompts_that_come_together_share_their_start(int? part)
    {
        using GptModel model = Tiny();
        using var counting = new CountingModel(model);
        using var prefixes = new PrefixCache(counting, Plenty);
        using var batch = new GenerationBatch(counting, First, endOfText: []) { PrefillTokens = part, Prefixes = prefixes };

        GenerationRow[] rows = [.. Enumerable.Range(0, 8).Select(i => batch.Add(Prompt(i, i + 1), new SeededRandom(1)))];
        Run(batch);

        counting.Tokens.Should().Be(32 + 7 * 2);
        rows.Should().OnlyContain(row => row.Tokens.Count == 1);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(null, false)]
    [InlineData(8, true)]
    [InlineData(8, false)]
    public void Texts_equal_those_without_a_cache(int? part, bool isGreedy)
    {
        using GptModel model = Tiny();
        SamplingOptions options = isGreedy ? Greedy : Drawn;
        using var prefixes = new PrefixCache(model, Plenty);
        int[][] prompts =
        [
            Prompt(1, 2, 3), Prompt(1, 2, 3), Prompt(1, 2, 3, 4, 5, 6, 7), Prompt(9), [.. System[..20], 1, 2], [1, 2, 3], System[..18],
            [.. System.Skip(3), 5, 6],
        ];
        int[][] plain = [.. prompts.Select(prompt => Generate(model, null, options, prompt).Single().Tokens.ToArray())];
        using var batch = new GenerationBatch(model, options, endOfText: []) { PrefillTokens = part, Prefixes = prefixes };

        List<GenerationRow> rows = [];
        foreach (int[] prompt in prompts)
        {
            rows.Add(batch.Add(prompt, new SeededRandom(1)));
            if (rows.Count % 2 == 0)
                batch.Step();
        }

        Run(batch);

        foreach ((GenerationRow row, int[] alone) in rows.Zip(plain))
            row.Tokens.Should().Equal(alone);
        prefixes.ReusedTokens.Should().BePositive();
    }

    [Fact]
    public void The_prompt_that_was_not_used_for_the_longest_time_goes_first()
    {
        using GptModel model = Tiny();
        int[] first = [.. Enumerable.Range(0, 20)], second = [.. Enumerable.Range(20, 20)], third = [.. Enumerable.Range(40, 20)];
        using var prefixes = new PrefixCache(model, 2 * 20 * BytesPerToken);

        foreach (int[] prompt in new[] { first, second, first, third })
        {
            Generate(model, prefixes, First, prompt);
            prefixes.Bytes.Should().BeLessThanOrEqualTo(prefixes.MaxBytes).And.BePositive();
        }

        Generate(model, prefixes, First, [.. first, 1]).Single().ReusedTokens.Should().Be(20);
        Generate(model, prefixes, First, [.. second, 1]).Single().ReusedTokens.Should().Be(0);
        prefixes.MaxBytes = 0;
        prefixes.Bytes.Should().Be(0);
        Generate(model, prefixes, First, [.. first, 1]).Single().ReusedTokens.Should().Be(0);
    }

    [Fact]
    public void A_longer_prompt_replaces_its_start()
    {
        using GptModel model = Tiny();
        using var prefixes = new PrefixCache(model, Plenty);

        Generate(model, prefixes, First, System);
        prefixes.Bytes.Should().Be(30 * BytesPerToken);
        Generate(model, prefixes, First, Prompt(1, 2));
        prefixes.Bytes.Should().Be(32 * BytesPerToken);
        Generate(model, prefixes, First, System);

        prefixes.Bytes.Should().Be(32 * BytesPerToken);
    }

    [Fact]
    public void A_prompt_tuned_model_keeps_its_virtual_tokens()
    {
        using torch.Generator seeded = torch.manual_seed(3);
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Tiny();
        model.Prompt = new Prompt(torch.randn(3, 32));
        using var prefixes = new PrefixCache(model, Plenty);

        int[][] plain = [.. new[] { Prompt(1), Prompt(2) }.Select(prompt => Generate(model, null, Greedy, prompt).Single().Tokens.ToArray())];
        GenerationRow[] rows = [.. new[] { Prompt(1), Prompt(2) }.Select(prompt => Generate(model, prefixes, Greedy, prompt).Single())];

        rows.Select(row => row.ReusedTokens).Should().Equal(0, 30);
        foreach ((GenerationRow row, int[] alone) in rows.Zip(plain))
            row.Tokens.Should().Equal(alone);
    }

    [Fact]
    public void The_memory_is_freed()
    {
        using GptModel model = Tiny();

        LiveTensors.LeftBy(() =>
        {
            using var prefixes = new PrefixCache(model, 70 * BytesPerToken);
            foreach (int[] prompt in new[] { Prompt(1, 2), Prompt(3), [.. Enumerable.Range(0, 40)], Prompt(3, 4) })
                Generate(model, prefixes, Greedy, prompt);
            prefixes.Bytes.Should().BePositive();
        }).Should().Be(0);
    }

    private static SamplingOptions First => Greedy with { MaxNewTokens = 1 };

    private static int[] Prompt(params int[] tokens) => [.. System, .. tokens];

    private static GenerationRow[] Generate(ICausalLanguageModel model, PrefixCache? prefixes, SamplingOptions options, params int[][] prompts)
    {
        using var batch = new GenerationBatch(model, options, endOfText: []) { Prefixes = prefixes };
        GenerationRow[] rows = [.. prompts.Select(prompt => batch.Add(prompt, new SeededRandom(1)))];
        Run(batch);
        return rows;
    }

    private static void Run(GenerationBatch batch)
    {
        while (batch.Rows.Count > 0)
            batch.Step();
    }

    private static GptModel Tiny() => Models.Tiny(new GptOptions
    {
        Layers = 2,
        HiddenSize = 32,
        Heads = 4,
        ContextLength = 64,
        VocabularySize = 96,
        InitializerRange = 0.2,
    });
}
