namespace Tenon.Lstm.Tests;

public class LearningTests
{
    private static readonly CollateContext Training = new(new SeededRandom(1), Training: true, new ToyTokenizer());

    public static TheoryData<string> Names => Models.Names;

    public static TheoryData<string, bool> Directions { get; } = new()
    {
        { "lstm", true },
        { "lstm", false },
        { "gru", true },
        { "gru", false },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void A_language_model_learns_to_continue(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using RecurrentModel model = Models.Tiny(name);
        using Batch batch = model.Collate(
            [new TokenBlock(Enumerable.Range(0, 24).Select(i => 5 + i % 3).ToArray()),
                new TokenBlock(Enumerable.Range(0, 20).Select(i => 50 - i).ToArray())], Training);

        (float first, float last) = Models.Train(model, batch, steps: 60);

        first.Should().BeGreaterThan(3);
        last.Should().BeLessThan(0.3f);
        using var generation = new GenerationBatch(model, new SamplingOptions { MaxNewTokens = 5, Temperature = 0 }, []);
        GenerationRow up = generation.Add([5, 6, 7, 5], new SeededRandom(1)), down = generation.Add([50, 49, 48], new SeededRandom(1));
        while (generation.Rows.Count > 0)
            generation.Step();
        up.Tokens.Should().Equal(6, 7, 5, 6, 7);
        down.Tokens.Should().Equal(47, 46, 45, 44, 43);
    }

    // The class is that of the first letter, which the padding and the other letters follow.
    [Theory]
    [MemberData(nameof(Directions))]
    public void A_classifier_learns_classes_of_texts_of_different_lengths(string name, bool bidirectional)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using RecurrentClassifier model = Models.Classifier(name, RecurrentHeads.Texts, bidirectional, "a", "b");
        LabelledTextExample[] examples = [.. Enumerable.Range(0, 12).Select(i =>
            new LabelledTextExample($"{(i % 2 == 0 ? "a" : "b")}c{new string((char)('c' + i % 5), 2 * (1 + i % 4))}", i % 2))];
        using Batch batch = model.Collate(examples, Training);

        (_, float last) = Models.Train(model, batch, steps: 60);

        last.Should().BeLessThan(0.1f);
        using var noGrad = torch.no_grad();
        Tensor together = model.ClassLogits(batch);
        foreach ((int row, LabelledTextExample example) in examples.Index())
        {
            using Batch alone = model.Collate([example], Training);
            Goldens.Difference(model.ClassLogits(alone)[0], together[row]).Should().BeLessThan(1e-4);
            together[row].argmax().item<long>().Should().Be(example.Label);
        }
    }

    // The class of a word depends on the word after it, which only the backward direction has read.
    [Theory]
    [InlineData("lstm")]
    [InlineData("gru")]
    public void A_tagger_in_both_directions_learns_from_later_words(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using RecurrentClassifier model = Models.Classifier(name, RecurrentHeads.Tokens, bidirectional: true, "O", "A");
        TokenLabelledExample[] examples =
        [
            new(["c", "a"], [1, 0]), new(["c", "b"], [0, 0]), new(["d", "c", "a"], [0, 1, 0]), new(["d", "c", "b"], [0, 0, 0]),
            new(["c", "b", "c", "a"], [0, 0, 1, 0]),
        ];
        using Batch batch = model.Collate(examples, Training);

        (_, float last) = Models.Train(model, batch, steps: 120);

        last.Should().BeLessThan(0.1f);
        using var noGrad = torch.no_grad();
        Tensor labels = batch[BatchNames.Labels], predicted = model.TokenClassLogits(batch).argmax(-1);
        predicted.eq(labels).logical_or(labels.eq(BatchNames.Ignored)).all().item<bool>().Should().BeTrue();
        batch.Targets.Should().Be(examples.Sum(example => example.Words.Count));
    }

    [Fact]
    public void A_model_without_the_head_says_so()
    {
        using RecurrentClassifier tagger = Models.Classifier("lstm", RecurrentHeads.Tokens, true, "O", "A");
        using RecurrentClassifier classifier = Models.Classifier("lstm", RecurrentHeads.Texts, true, "O", "A");

        ((IClassifier)tagger).Labels.Should().BeEmpty();
        ((ITokenClassifier)classifier).Labels.Should().BeEmpty();
        tagger.UnsupportedReason(typeof(IPolicy)).Should().Contain("Set 'head' to 'sequence-classification'");
        classifier.UnsupportedReason(typeof(IPolicy)).Should().BeNull();
        tagger.Invoking(model => model.Collate([new LabelledTextExample("a", 0)], Training)).Should().Throw<DataException>()
            .WithMessage("*no class for each token*'sequence-classification'*");
        classifier.Invoking(model => model.Collate([new TokenLabelledExample(["a"], [0])], Training)).Should().Throw<DataException>()
            .WithMessage("*a class for each word*'token-classification'*");
    }
}
