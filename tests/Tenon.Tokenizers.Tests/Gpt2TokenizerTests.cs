namespace Tenon.Tokenizers.Tests;

public sealed class Gpt2TokenizerTests
{
    private static readonly ITokenizer Gpt2 = new Gpt2Tokenizer().Create(new Gpt2Options(), new TokenizerContext("", [], _ => { }));

    [Theory]
    [InlineData("Hello world", new[] { 15496, 995 })]
    [InlineData("Hello, world!", new[] { 15496, 11, 995, 0 })]
    [InlineData("This is a test.", new[] { 1212, 318, 257, 1332, 13 })]
    [InlineData("I'm", new[] { 40, 1101 })]
    [InlineData("don't", new[] { 9099, 470 })]
    [InlineData("  hello", new[] { 220, 23748 })]
    [InlineData("\n", new[] { 198 })]
    [InlineData("\n\n", new[] { 628 })]
    [InlineData("café", new[] { 66, 1878, 2634 })]
    [InlineData("😀", new[] { 47249, 222 })]
    [InlineData("", new int[0])]
    public void Gives_the_ids_of_GPT_2(string text, int[] ids) => Gpt2.Encode(text).Should().Equal(ids);

    [Fact]
    public void Has_GPT_2s_vocabulary()
    {
        Gpt2.VocabularySize.Should().Be(50_257);
        Gpt2.TokenText(0).Should().Be("!");
        Gpt2.TokenText(50_255).Should().Be("Ġgazed");
        Gpt2.TokenText(50_256).Should().Be("<|endoftext|>");
        Gpt2.TokenId("Ġthe").Should().Be(262);
        Gpt2.TokenId(" the").Should().BeNull();
        Gpt2.Special.Should().Be(new SpecialTokens { EndOfText = 50_256, BeginOfText = 50_256 });
    }

    [Fact]
    public void Recognizes_special_tokens_only_on_request()
    {
        Gpt2.Encode("a<|endoftext|>b", recognizeSpecial: true).Should().Equal(64, 50_256, 65);
        Gpt2.Encode("a<|endoftext|>b").Should().NotContain(50_256);
    }

    [Fact]
    public void Omits_special_tokens_unless_they_are_requested()
    {
        Gpt2.Decode([64, 50_256, 65]).Should().Be("ab");
        Gpt2.Decode([64, 50_256, 65], keepSpecial: true).Should().Be("a<|endoftext|>b");
    }

    [Fact]
    public void Decodes_what_it_encoded()
    {
        var random = new Random(11);
        foreach (var text in TestTexts.Tricky.Concat(Enumerable.Range(0, 200).Select(i => TestTexts.Random(random, i))))
            Gpt2.Decode(Gpt2.Encode(text)).Should().Be(text);
    }

    [Fact]
    public void Treats_a_lone_surrogate_as_the_replacement_character()
    {
        Gpt2.Decode(Gpt2.Encode("a\ud800b")).Should().Be("a\ufffdb");
        Gpt2.Encode("a\ud800b").Should().Equal(Gpt2.Encode("a\ufffdb"));
    }

    [Fact]
    public void Streams_whole_characters_only()
    {
        var decoder = Gpt2.StreamingDecoder();
        decoder.Add(47249).Should().BeEmpty();
        decoder.Add(222).Should().Be("😀");
        decoder.Add(50_256).Should().BeEmpty();
        decoder.Add(995).Should().Be(" world");
        decoder.Add(47249).Should().BeEmpty();
        decoder.Flush().Should().Be("\ufffd");
        decoder.Add(995).Should().Be(" world");
    }
}
