using Tenon.Host.Data;

namespace Tenon.Host.Tests.Data;

public class HeldOutTests
{
    [Theory]
    [InlineData(2, 0.05)]
    [InlineData(7, 0.9)]
    [InlineData(100, 0.05)]
    [InlineData(997, 0.37)]
    [InlineData(1000, 0.0001)]
    public void Puts_each_example_in_one_part(int count, double share)
    {
        HeldOut<TextExample> split = HeldOut<TextExample>.Of(Numbers(count), share, new SeededRandom(1));
        string[] train = Texts(split.Train);
        string[] validation = Texts(split.Validation!);
        validation.Should().HaveCount(Math.Clamp((int)Math.Round(count * share), 1, count - 1));
        train.Concat(validation).Select(int.Parse).Order().Should().Equal(Enumerable.Range(0, count));
        train.Select(int.Parse).Should().BeInAscendingOrder();
        validation.Select(int.Parse).Should().BeInAscendingOrder();
    }

    [Fact]
    public void Depends_on_the_seed_alone()
    {
        Held(1).Should().Equal(Held(1)).And.NotEqual(Held(2));

        static string[] Held(ulong seed) => Texts(HeldOut<TextExample>.Of(Numbers(1000), 0.05, new SeededRandom(seed)).Validation!);
    }

    [Fact]
    public void Holds_nothing_out_when_the_share_is_zero() =>
        HeldOut<TextExample>.Of(Numbers(3), 0, new SeededRandom(1)).Validation.Should().BeNull();

    [Fact]
    public void Cuts_the_only_document_at_a_line()
    {
        string text = string.Concat(Enumerable.Range(0, 100).Select(i => $"line {i:00}\n"));
        HeldOut<TextExample> split = HeldOut<TextExample>.Of(new ListExamples<TextExample>([new(text)]), 0.1, new SeededRandom(1));
        split.Train[0].Text.Should().EndWith("line 90\n");
        split.Validation![0].Text.Should().StartWith("line 91\n");
        (split.Train[0].Text + split.Validation[0].Text).Should().Be(text);
    }

    [Fact]
    public void Refuses_to_divide_one_example()
    {
        Action act = () => HeldOut<LabelledTextExample>.Of(new ListExamples<LabelledTextExample>([new("x", 0)]), 0.05, new SeededRandom(1));
        act.Should().Throw<DataException>().WithMessage(
            "The data has only one example, so no share (0.05) can be held out. Add examples, or set validation:share to 0.");
    }

    private static ListExamples<TextExample> Numbers(int count) =>
        new([.. Enumerable.Range(0, count).Select(i => new TextExample($"{i}"))]);

    private static string[] Texts(IExamples<TextExample> examples) => [.. ExampleTexts.Of(examples)];
}
