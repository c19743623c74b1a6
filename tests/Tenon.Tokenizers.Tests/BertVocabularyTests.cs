namespace Tenon.Tokenizers.Tests;

public sealed class BertVocabularyTests
{
    private static readonly ITokenizer Bert = new BertVocabulary()
        .Create(new BertVocabularyOptions(), new TokenizerContext("", [], _ => { }));

    // The ids that the paper's own code and transformers give.
    [Theory]
    [InlineData("Hello, world!", new[] { 7592, 1010, 2088, 999 })]
    [InlineData("The quick brown fox", new[] { 1996, 4248, 2829, 4419 })]
    [InlineData("Héllo", new[] { 7592 })]
    public void Gives_the_ids_of_BERT(string text, int[] ids) => Bert.Encode(text).Should().Equal(ids);

    [Fact]
    public void Has_BERTs_vocabulary()
    {
        Bert.VocabularySize.Should().Be(30_522);
        Bert.TokenText(0).Should().Be("[PAD]");
        Bert.TokenText(30_521).Should().Be("##～");
        Bert.Special.Should().Be(new SpecialTokens { Pad = 0, Unknown = 100, Classify = 101, Separator = 102, Mask = 103 });
        Bert.Special.Should().Be(new BertVocabulary().SpecialTokens(new BertVocabularyOptions()));
        Bert.Encode("a [MASK]", recognizeSpecial: true).Should().Equal(1037, 103);
    }
}
