using Tenon.Host.Inference.Text;

namespace Tenon.Gpt.Tests;

public class TextGeneratorTests
{
    private static readonly ToyTokenizer Tokenizer = new();
    private static readonly SamplingOptions Greedy = new() { Temperature = 0, MaxNewTokens = 10 };
    private static readonly SamplingOptions Drawn =
        new() { Temperature = 0.9, TopK = 40, TopP = 0.95, RepetitionPenalty = 1.2, MaxNewTokens = 10 };

    [Fact]
    public void Greedy_text_is_the_most_probable_token_each_time()
    {
        using GptModel model = Models.Tiny(EndlessTiny());

        Continuation made = Generate(model, Greedy, "abcd").Single();

        made.Ids.Should().Equal(Uncached(model, [.. Tokenizer.Encode("abcd")], 10));
        made.Text.Should().Be(Tokenizer.Decode(made.Ids));
        made.Ending.Should().Be("length");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_prompt_does_not_depend_on_the_rest_of_its_batch(bool draw)
    {
        using GptModel model = Models.Tiny(EndlessTiny());
        SamplingOptions options = draw ? Drawn : Greedy;
        string[] prompts = ["abcdefgh", "", "ab", "ab"];

        IReadOnlyList<Continuation> together = Generate(model, options, prompts);
        IReadOnlyList<Continuation> first = Generate(model, options, prompts[0]);

        together[0].Should().BeEquivalentTo(first[0]);
        together.Should().BeEquivalentTo(Generate(model, options, prompts), strict => strict.WithStrictOrdering());
        if (draw)
            together[2].Text.Should().NotBe(together[3].Text, "each prompt draws from a stream of its own");
        else
            together[2].Ids.Should().Equal(Uncached(model, [.. Tokenizer.Encode("ab")], 10));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(WeightFormat.Fp32)]
    public void Prompts_of_different_lengths_give_the_same_result_in_one_batch(WeightFormat? format)
    {
        using GptModel model = Models.Tiny(EndlessTiny());
        model.PackWeights(format);
        string[] prompts = ["abcdefgh", "b", "zyx", "hello wo"];
        int[][] alone = [.. prompts.Select(prompt => Generate(model, Greedy, prompt).Single().Ids.ToArray())];
        Generate(model, Greedy, prompts).Select(made => made.Ids).Should().BeEquivalentTo(alone, strict => strict.WithStrictOrdering());
    }

    [Fact]
    public void No_tensors_accumulate_between_tokens()
    {
        using GptModel model = Models.Tiny(EndlessTiny());
        var live = new List<long>();
        LiveTensors.LeftBy(() => new TextGenerator().Generate(
            model, Tokenizer, ["ab", "cdef"], Drawn with { MaxNewTokens = 18 }, new SeededRandom(1), (_, _) => live.Add(Tensor.TotalCount)))
                .Should().Be(0);
        live.Should().HaveCountGreaterThan(10);
        live.Skip(4).Distinct().Should().ContainSingle();
    }

    [Fact]
    public void Every_prompt_reaches_its_own_context_limit()
    {
        using GptModel model = Models.Tiny(EndlessTiny());
        SamplingOptions options = Greedy with { MaxNewTokens = 100 };

        IReadOnlyList<Continuation> made = Generate(model, options, new string('a', 40), "ab", new string('b', 48));

        made.Select(text => text.Ids.Count).Should().Equal(4, 23, 0);
        made.Select(text => text.Ending).Should().AllBe("context");
        made[1].Ids.Should().Equal(Uncached(model, [.. Tokenizer.Encode("ab")], 23));
    }

    [Fact]
    public void Text_ends_before_a_stop_text_even_across_tokens()
    {
        using GptModel model = Models.Tiny(EndlessTiny());
        string whole = Generate(model, Greedy, "abcd").Single().Text;
        whole.Length.Should().BeGreaterThan(6);
        // Starts inside one token and ends inside the next.
        string stop = Enumerable.Range(1, whole.Length - 3).Select(at => whole.Substring(at, 3))
            .First(text => whole.IndexOf(text, StringComparison.Ordinal) % 2 == 1);
        var shown = new List<string>();

        Continuation made = new TextGenerator().Generate(
            model, Tokenizer, ["abcd"], Greedy with { Stop = ["zzz", stop] }, new SeededRandom(1), (_, piece) => shown.Add(piece)).Single();

        made.Ending.Should().Be("stop");
        made.Text.Should().Be(whole[..whole.IndexOf(stop, StringComparison.Ordinal)]);
        string.Concat(shown).Should().Be(made.Text);
    }

    [Fact]
    public void Text_ends_at_the_end_of_text_token()
    {
        using GptModel model = Models.Tiny();
        // The final hidden state of every position then points at token 0.
        using (torch.no_grad())
        {
            model.named_parameters().Single(pair => pair.name == "transformer.ln_f.weight").parameter.zero_();
            model.named_parameters().Single(pair => pair.name == "transformer.ln_f.bias").parameter.copy_(model.TokenEmbeddings[0] * 100);
        }

        Continuation made = Generate(model, Greedy, "abcd").Single();

        made.Should().BeEquivalentTo(new Continuation("", [], "end of text"));
    }

    [Fact]
    public void Text_is_shown_as_it_is_generated()
    {
        using GptModel model = Models.Tiny(EndlessTiny());
        var shown = new Dictionary<int, string>();

        IReadOnlyList<Continuation> made = new TextGenerator().Generate(
            model, Tokenizer, ["ab", "cdef"], Drawn, new SeededRandom(3), (number, piece) =>
                shown[number] = shown.GetValueOrDefault(number) + piece);

        shown.OrderBy(pair => pair.Key).Select(pair => pair.Value).Should().Equal(made.Select(text => text.Text));
    }

    [Fact]
    public void Generation_leaves_no_tensor_behind_and_restores_the_mode()
    {
        using GptModel model = Models.Tiny(EndlessTiny());
        model.train();
        Generate(model, Drawn, "ab", "cdef");
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Generate(model, Drawn, "ab", "cdef");

        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
        model.training.Should().BeTrue();
    }

    [Fact]
    public void Generation_can_be_stopped()
    {
        using GptModel model = Models.Tiny(EndlessTiny());
        using var source = new CancellationTokenSource();
        Action generate = () => new TextGenerator().Generate(
            model, Tokenizer, ["abcd"], Greedy, new SeededRandom(1), (_, _) => source.Cancel(), source.Token);

        generate.Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Prompts_that_cannot_be_continued_are_rejected()
    {
        using GptModel model = Models.Tiny();
        Action tooLong = () => Generate(model, Greedy, new string('a', 50));
        Action none = () => Generate(model, Greedy);
        Action stop = () => Generate(model, Greedy with { Stop = [""] }, "a");

        tooLong.Should().Throw<ModelException>().WithMessage("Prompt 1 has 25 tokens*24*");
        none.Should().Throw<ArgumentException>().WithMessage("There are no prompts*");
        stop.Should().Throw<ArgumentException>().WithMessage("A stop text is empty*");
    }

    [Fact]
    public void Truncated_distributions_keep_what_they_should()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor logits = torch.tensor(new[] { 0.5, 0.3, 0.15, 0.05 }).log().to(torch.ScalarType.Float32).unsqueeze(0);
        double[] Probabilities(SamplingOptions options) =>
            [.. TokenDistribution.Logits(logits, options).softmax(-1).data<float>().Select(value => Math.Round(value, 4))];

        Probabilities(new SamplingOptions { TopK = 2 }).Should().Equal(0.625, 0.375, 0, 0);
        Probabilities(new SamplingOptions { TopP = 0.8 }).Should().Equal(0.625, 0.375, 0, 0);
        Probabilities(new SamplingOptions { TopP = 0.81 }).Should().Equal(0.5263, 0.3158, 0.1579, 0);
        Probabilities(new SamplingOptions { TopP = 0 }).Should().Equal(1, 0, 0, 0);
        Probabilities(new SamplingOptions { Temperature = 0 }).Should().Equal(1, 0, 0, 0);
        Probabilities(new SamplingOptions { VocabularySize = 2 }).Should().Equal(0.625, 0.375, 0, 0);
        Probabilities(new SamplingOptions { VocabularySize = 2, TopK = 3 }).Should().Equal(0.625, 0.375, 0, 0);
        Probabilities(new SamplingOptions { VocabularySize = 9 }).Should().Equal(0.5, 0.3, 0.15, 0.05);
        Probabilities(new SamplingOptions { Temperature = 0.5 }).Should().Equal(0.6849, 0.2466, 0.0616, 0.0068);
    }

    [Fact]
    public void Samples_follow_the_distribution()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor logits = torch.tensor(new[] { 0.5f, 0.3f, 0.2f }).log().unsqueeze(0).expand(20_000, -1);
        var random = new SeededRandom(9);

        long[] drawn = [.. TokenDistribution.Draw(logits, [.. Enumerable.Range(0, 20_000).Select(_ => random.NextDouble())]).data<long>()];

        drawn.CountBy(id => id).OrderBy(pair => pair.Key).Select(pair => pair.Value / 20_000.0)
            .Should().SatisfyRespectively(
                share => share.Should().BeApproximately(0.5, 0.02),
                share => share.Should().BeApproximately(0.3, 0.02),
                share => share.Should().BeApproximately(0.2, 0.02));
    }

    private static GptOptions EndlessTiny() => new()
    {
        Layers = 2,
        HiddenSize = 32,
        Heads = 4,
        ContextLength = 24,
        VocabularySize = Tokenizer.VocabularySize,
        InitializerRange = 0.3,
    };

    private static IReadOnlyList<Continuation> Generate(GptModel model, SamplingOptions options, params string[] prompts) =>
        new TextGenerator().Generate(model, Tokenizer, prompts, options, new SeededRandom(1));

    private static int[] Uncached(GptModel model, List<int> ids, int count)
    {
        int prompt = ids.Count;
        for (int i = 0; i < count; i++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            ids.Add((int)model.Logits(Models.Ids([.. ids.Select(id => (long)id)]), lastOnly: true).argmax().item<long>());
        }

        return [.. ids.Skip(prompt)];
    }
}
