using Tenon.Host.Inference.Formats;
using Tenon.Host.Inference.Text;

namespace Tenon.Gpt.Tests;

/// <summary>Tokens that are guessed from earlier text: fewer passes, and the same texts.</summary>
public class PromptLookupTests
{
    private static readonly ToyTokenizer Tokenizer = new();
    private static readonly SamplingOptions Greedy = new() { Temperature = 0, MaxNewTokens = 30 };
    private static readonly SamplingOptions Drawn = new()
    {
        Temperature = 0.7,
        TopK = 40,
        TopP = 0.95,
        RepetitionPenalty = 1.05,
        MaxNewTokens = 30,
    };

    // Some repeat themselves, and their lengths differ.
    private static readonly string[] Prompts =
        ["abcdefabcdefabcdefab", "hhhhhhhh", "a", "ab ab cd ab ab cd ab ab", "gfedcba", "a b c d e f a b c d e f a b"];

    [Theory]
    [InlineData(1, true)]
    [InlineData(4, true)]
    [InlineData(50, true)]
    [InlineData(4, false)]
    public void Texts_equal_those_without_guesses(int lookup, bool greedy)
    {
        using GptModel model = Tiny();
        SamplingOptions options = greedy ? Greedy : Drawn;

        IReadOnlyList<Continuation> plain = Generate(model, options, Prompts);
        IReadOnlyList<Continuation> together = Generate(model, options with { PromptLookup = lookup }, Prompts);

        together.Should().BeEquivalentTo(plain, strict => strict.WithStrictOrdering());
        Generate(model, options with { PromptLookup = lookup }, Prompts[0]).Single().Should().BeEquivalentTo(plain[0]);
    }

    [Fact]
    public void A_text_that_repeats_itself_needs_few_passes()
    {
        using GptModel model = Tiny();
        // Token 7 is then the most probable one after every token.
        using (torch.no_grad())
        {
            model.named_parameters().Single(pair => pair.name == "transformer.ln_f.weight").parameter.zero_();
            model.named_parameters().Single(pair => pair.name == "transformer.ln_f.bias").parameter.copy_(model.TokenEmbeddings[7] * 100);
        }

        using var batch = new GenerationBatch(model, Greedy with { PromptLookup = 9 }, endOfText: [], keepLogProbabilities: true);
        GenerationRow row = batch.Add([1, 2, 3, 7], new SeededRandom(1));
        int steps = 0;
        for (; batch.Rows.Count > 0; steps++)
            batch.Step();

        row.Tokens.Should().HaveCount(30).And.AllBeEquivalentTo(7);
        row.LogProbabilities.Should().HaveCount(30);
        // The first pass, one without a guess, and three for the other 28 tokens.
        steps.Should().Be(5);
    }

    [Fact]
    public void Rows_join_while_others_guess()
    {
        using GptModel model = Tiny();
        using var batch = new GenerationBatch(model, Greedy with { PromptLookup = 5 }, endOfText: []);

        GenerationRow first = batch.Add([.. Tokenizer.Encode(Prompts[0])], new SeededRandom(1));
        batch.Step();
        batch.Step();
        GenerationRow second = batch.Add([.. Tokenizer.Encode(Prompts[3])], new SeededRandom(1));
        while (batch.Rows.Count > 0)
            batch.Step();

        first.Tokens.Should().Equal(Generate(model, Greedy, Prompts[0]).Single().Ids);
        second.Tokens.Should().Equal(Generate(model, Greedy, Prompts[3]).Single().Ids);
    }

    [Fact]
    public void Stop_texts_and_formats_apply_to_guessed_tokens()
    {
        using GptModel model = Tiny();
        string whole = Generate(model, Greedy, Prompts[0]).Single().Text;
        foreach (string stop in Enumerable.Range(0, whole.Length - 2).Select(at => whole.Substring(at, 3)).Distinct())
        {
            SamplingOptions options = Greedy with { Stop = [stop] };
            Generate(model, options with { PromptLookup = 6 }, Prompts[0]).Should().BeEquivalentTo(Generate(model, options, Prompts[0]));
        }

        SamplingOptions formatted = Drawn with { Format = OutputFormats.Regex("(abc|def)*g", Tokenizer) };
        Generate(model, formatted with { PromptLookup = 6 }, Prompts).Should().BeEquivalentTo(
            Generate(model, formatted, Prompts), strict => strict.WithStrictOrdering());
    }

    [Fact]
    public void Samples_have_the_distribution_of_the_model()
    {
        const int vocabulary = 4, rows = 4000;
        long[] prompt = [0, 1, 2, 0, 1, 2, 0, 1];
        using GptModel model = Tiny(vocabulary);
        using DisposeScope scope = torch.NewDisposeScope();
        var options = new SamplingOptions { MaxNewTokens = 3, PromptLookup = 3 };
        var counts = new double[vocabulary * vocabulary * vocabulary];
        using (var batch = new GenerationBatch(model, options, endOfText: []))
        {
            GenerationRow[] drawn = [.. Enumerable.Range(0, rows)
                .Select(row => batch.Add([.. prompt.Select(id => (int)id)], new SeededRandom((ulong)row + 1)))];
            while (batch.Rows.Count > 0)
                batch.Step();
            foreach (GenerationRow row in drawn)
                counts[row.Tokens.Aggregate(0, (index, token) => index * vocabulary + token)]++;
        }

        double chiSquare = 0;
        for (int index = 0; index < counts.Length; index++)
        {
            long[] tokens = [index / (vocabulary * vocabulary), index / vocabulary % vocabulary, index % vocabulary];
            double expected = rows * Probability(model, prompt, tokens);
            chiSquare += (counts[index] - expected) * (counts[index] - expected) / expected;
        }

        // 63 degrees of freedom: exceeded with a probability of 0.001.
        chiSquare.Should().BeLessThan(103.4);
    }

    [Fact]
    public void Guesses_leave_no_tensor_behind()
    {
        using GptModel model = Tiny();

        LiveTensors.LeftBy(() => Generate(model, Drawn with { PromptLookup = 4 }, Prompts)).Should().Be(0);
    }

    private static double Probability(GptModel model, long[] prompt, long[] tokens)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        Tensor logProbabilities = model.Logits(Models.Ids([.. prompt, .. tokens])).log_softmax(-1)[0]; // [T, V]
        return Math.Exp(tokens.Index().Sum(token => logProbabilities[prompt.Length - 1 + token.Index, token.Item].item<float>()));
    }

    private static GptModel Tiny(int? vocabulary = null) => Models.Tiny(new GptOptions
    {
        Layers = 2,
        HiddenSize = 32,
        Heads = 4,
        ContextLength = 64,
        VocabularySize = vocabulary ?? Tokenizer.VocabularySize,
        InitializerRange = 0.3,
    });

    private static IReadOnlyList<Continuation> Generate(GptModel model, SamplingOptions options, params string[] prompts) =>
        new TextGenerator().Generate(model, Tokenizer, prompts, options, new SeededRandom(1));
}
