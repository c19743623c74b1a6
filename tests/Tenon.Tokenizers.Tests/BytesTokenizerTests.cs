using System.Text;

namespace Tenon.Tokenizers.Tests;

public sealed class BytesTokenizerTests
{
    private static readonly ITokenizer Bytes = new BytesTokenizer().Create(new BytesOptions(), new TokenizerContext("", [], _ => { }));

    [Fact]
    public void Ids_are_the_bytes()
    {
        Bytes.VocabularySize.Should().Be(257);
        Bytes.Special.EndOfText.Should().Be(256);
        Bytes.Encode("Aé ").Should().Equal(65, 0xC3, 0xA9, 32);
        Bytes.TokenText(32).Should().Be("Ġ");
    }

    [Fact]
    public void Every_text_is_restored()
    {
        var random = new Random(1);
        foreach (var text in TestTexts.Tricky.Concat(Enumerable.Range(0, 200).Select(i => TestTexts.Random(random, i))))
        {
            Bytes.Encode(text).Should().Equal(Encoding.UTF8.GetBytes(text).Select(value => (int)value));
            Bytes.Decode(Bytes.Encode(text)).Should().Be(text);
        }
    }

    [Fact]
    public void Bytes_that_are_not_text_become_replacement_characters() =>
        Bytes.Decode([65, 0xFF, 66, 0xE2, 0x82]).Should().Be("A\ufffdB\ufffd");

    [Fact]
    public void Streams_a_character_with_its_last_byte()
    {
        var decoder = Bytes.StreamingDecoder();
        new[] { 0xE2, 0x82, 0xAC }.Select(decoder.Add).Should().Equal("", "", "€");
        decoder.Flush().Should().BeEmpty();
    }
}
