using System.Text.RegularExpressions;
using Tenon.Host.Inference.Formats;
using Tenon.Host.Inference.Text;
using Tenon.Layers;

namespace Tenon.Gpt.Tests;

/// <summary>Texts that a model generates in a format.</summary>
public class FormatTests
{
    private const string Pattern = "(ab|c)*(d|e f)";

    private static readonly ToyTokenizer Tokenizer = new();
    private static readonly ITokenFormat Format = OutputFormats.Regex(Pattern, Tokenizer);
    private static readonly SamplingOptions Greedy = new() { Temperature = 0, MaxNewTokens = 20, Format = Format };
    private static readonly SamplingOptions Drawn = Greedy with { Temperature = 1.5, RepetitionPenalty = 1.1, TopK = 20, TopP = 0.95 };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_text_of_a_batch_has_the_format(bool draw)
    {
        using GptModel model = Tiny();
        string[] prompts = [.. Enumerable.Range(0, 12).Select(length => new string('a', length + 1))];

        IReadOnlyList<Continuation> made = Generate(model, draw ? Drawn : Greedy, prompts);

        made.Should().OnlyContain(text => text.Ending == "length" || Regex.IsMatch(text.Text, $"^({Pattern})$"));
        made.Count(text => text.Ending == "end of text").Should().BeGreaterThan(draw ? 8 : 0);
        if (!draw)
            Generate(model, Greedy, prompts[3]).Single().Should().BeEquivalentTo(made[3]);
    }

    [Fact]
    public void A_text_ends_as_soon_as_nothing_may_follow_and_not_before_it_may_end()
    {
        using GptModel model = Tiny();
        // Token 0 ends a text and is the most probable one after each token.
        using (torch.no_grad())
        {
            model.named_parameters().Single(pair => pair.name == "transformer.ln_f.weight").parameter.zero_();
            model.named_parameters().Single(pair => pair.name == "transformer.ln_f.bias").parameter.copy_(model.TokenEmbeddings[0] * 100);
        }

        Continuation optional = Generate(model, Greedy with { Format = OutputFormats.Regex("ab( a)?", Tokenizer) }, "h").Single();
        Continuation complete = Generate(model, Greedy with { Format = OutputFormats.Regex("abba", Tokenizer) }, "h").Single();

        optional.Should().BeEquivalentTo(new { Text = "ab", Ending = "end of text" });
        complete.Should().BeEquivalentTo(new { Text = "abba", Ending = "end of text" });
        Continuation cut =
            Generate(model, Greedy with { MaxNewTokens = 1, Format = OutputFormats.Regex("abcdef", Tokenizer) }, "h").Single();
        cut.Text.Should().BeOneOf("a", "ab");
        cut.Ending.Should().Be("length");
    }

    [Fact]
    public void Tokens_are_drawn_from_the_allowed_part_of_the_distribution()
    {
        using GptModel model = Tiny();
        var options = new SamplingOptions { MaxNewTokens = 1, Format = OutputFormats.Regex("a|bc|d", Tokenizer) };
        int[] allowed = [.. new[] { "a", "bc", "d", "b" }.Select(text => Tokenizer.Encode(text).Single())];
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor logits = model.Logits(torch.tensor(new long[] { 5 }).unsqueeze(0), lastOnly: true).squeeze();
        float[] expected = [.. logits[torch.tensor(allowed.Select(id => (long)id).ToArray())].softmax(-1).data<float>()];
        using var batch = new GenerationBatch(model, options, endOfText: [0], keepLogProbabilities: true);

        GenerationRow[] rows = [.. Enumerable.Range(0, 64).Select(row => batch.Add([5], new SeededRandom((ulong)row)))];
        batch.Step();

        rows.Should().AllSatisfy(row => row.LogProbabilities[0].Should()
            .BeApproximately(MathF.Log(expected[Array.IndexOf(allowed, row.Tokens[0])]), 1e-4f));
        rows.Select(row => row.Tokens[0]).Distinct().Should().HaveCountGreaterThan(2);
    }

    [Fact]
    public void A_format_that_no_token_continues_is_reported()
    {
        using GptModel model = Tiny();
        Action spelled = () => Generate(model, Greedy with { Format = OutputFormats.Regex("a[xyz]", Tokenizer) }, "h");
        Action constrained = () => Generate(model, Greedy with
        {
            Format = OutputFormats.Regex("a", Tokenizer),
            Constraints = new TokenConstraints { BadWords = [[Tokenizer.Encode("a")[0]]] },
        }, "h");

        spelled.Should().Throw<ModelException>().WithMessage("No token continues the text in its format*");
        constrained.Should().Throw<ModelException>().WithMessage("No token continues the text in its format*");
    }

    [Fact]
    public void Searches_and_policies_refuse_a_format_by_name()
    {
        using GptModel model = Tiny();
        Action search = () => BeamSearch.Run(model, [(null, [1, 2])], Greedy, new BeamOptions(), [0]);
        Action policy = () => PolicySampling.Check(new SamplingOptions { Format = Format });

        search.Should().Throw<ModelException>().WithMessage("A beam search does not support a format*");
        policy.Should().Throw<ModelException>().WithMessage("'format' is set*");
    }

    [Fact]
    public void Formats_leave_no_tensor_behind()
    {
        using GptModel model = Tiny();

        LiveTensors.LeftBy(() => Generate(model, Drawn, "ab", "c")).Should().Be(0);
    }

    private static GptModel Tiny() => Models.Tiny(new GptOptions
    {
        Layers = 2,
        HiddenSize = 32,
        Heads = 4,
        ContextLength = 40,
        VocabularySize = Tokenizer.VocabularySize,
        InitializerRange = 0.3,
        EndOfText = 0,
    });

    private static IReadOnlyList<Continuation> Generate(GptModel model, SamplingOptions options, params string[] prompts) =>
        new TextGenerator().Generate(model, Tokenizer, prompts, options, new SeededRandom(1));
}
