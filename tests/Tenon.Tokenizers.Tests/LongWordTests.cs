using System.Diagnostics;

namespace Tenon.Tokenizers.Tests;

/// <summary>A word of 400,000 characters takes about as long as ordinary text of that length, not its square.</summary>
public sealed class LongWordTests
{
    private const int Length = 400_000;

    // Quadratic merging took minutes; the margin is for a busy machine.
    [Theory]
    [InlineData("a")]
    [InlineData("abcdefghij")]
    [InlineData("\u65e5\u672c")]
    public void Of_any_letters_is_encoded_in_seconds_and_restored(string letters)
    {
        var tokenizer = new Gpt2Tokenizer().Create(new Gpt2Options(), new TokenizerContext("", [], _ => { }));
        var word = string.Concat(Enumerable.Repeat(letters, Length / letters.Length));
        var watch = Stopwatch.StartNew();
        var ids = tokenizer.Encode(word);

        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(20));
        tokenizer.Decode(ids).Should().Be(word);
    }

    [Fact]
    public void Is_unknown_to_BERT_at_once()
    {
        var bert = new BertVocabulary().Create(new BertVocabularyOptions(), new TokenizerContext("", [], _ => { }));
        bert.Encode(new string('a', Length)).Should().Equal(bert.Special.Unknown!.Value);
    }
}
