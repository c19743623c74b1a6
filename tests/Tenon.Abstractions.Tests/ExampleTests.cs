namespace Tenon.Abstractions.Tests;

public sealed class ExampleTests
{
    private static readonly ImagePixels _image = new(1, 1, 1, new byte[1]);

    public static TheoryData<Example, string[], int?> Examples => new()
    {
        { new TextExample("a"), ["a"], null },
        { new TextPairExample("a", "b", 1), ["a", "b"], 1 },
        { new TextPairExample("a", "b"), ["a", "b"], null },
        { new LabelledTextExample("a", 2), ["a"], 2 },
        { new TokenLabelledExample(["a", "b"], [0, 1]), ["a b"], null },
        { new PromptExample("a", "b"), ["a", "b"], null },
        { new ChatExample([new ChatPiece("a", false), new ChatPiece("b", true)]), ["ab"], null },
        { new PreferenceExample("a", "b", "c"), ["a", "b", "c"], null },
        { new ImageExample(_image, 3, "a"), ["a"], 3 },
        { new ImageExample(_image), [], null },
        { new TokenBlock(new[] { 1 }), [], null },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_gives_its_texts_and_its_class(Example example, string[] texts, int? label)
    {
        example.Texts.Should().Equal(texts);
        example.ClassLabel.Should().Be(label);
    }

    [Fact]
    public void Texts_and_class_are_not_printed_twice() =>
        new LabelledTextExample("a", 2).ToString().Should().Be("LabelledTextExample { Text = a, Label = 2 }");
}
