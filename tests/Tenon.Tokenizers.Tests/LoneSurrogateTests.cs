using System.Text.RegularExpressions;

namespace Tenon.Tokenizers.Tests;

/// <summary>A lone surrogate in a file of a tokenizer is refused with the file, wherever it is.</summary>
public sealed class LoneSurrogateTests
{
    [Theory]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer_config.json")]
    [InlineData("special_tokens_map.json")]
    public void Is_rejected_or_harmless_in_any_string(string name)
    {
        using var folder = new TestFolder();
        new BytesTokenizer().Create(new BytesOptions(), new TokenizerContext("", [], _ => { })).Save(folder.Path);
        var whole = folder.Read(name);
        foreach (Match text in Regex.Matches(whole, "\"[^\"\\\\]*\"").Take(60))
        {
            folder.Write(name, whole[..text.Index] + "\"\\ud83d\"" + whole[(text.Index + text.Length)..]);
            try
            {
                var tokenizer = new HuggingFaceTokenizer().Open(folder.Path);
                tokenizer.Encode("a text").Should().NotBeEmpty();
                tokenizer.Fingerprint.Should().NotBeEmpty();
            }
            catch (DataException e)
            {
                e.Message.Should().Contain(".json");
            }
        }
    }

    [Fact]
    public void In_a_text_becomes_the_replacement_character()
    {
        var gpt2 = new Gpt2Tokenizer().Create(new Gpt2Options(), new TokenizerContext("", [], _ => { }));
        gpt2.Decode(gpt2.Encode("a\ud83d b")).Should().Be("a\ufffd b");
    }
}
