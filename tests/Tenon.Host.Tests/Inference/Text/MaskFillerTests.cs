using Tenon.Host.Inference.Text;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Tests.Evaluation;
using TorchSharp;

namespace Tenon.Host.Tests.Inference.Text;

[Collection("torch")]
public sealed class MaskFillerTests
{
    private readonly MaskFiller _filler = new(new NextLetterModel(), new LetterTokenizer(), torch.CPU);

    [Fact]
    public void Each_mask_gets_its_most_probable_words_and_the_text_is_completed()
    {
        FilledText filled = _filler.Fill("ab [MASK] xy [MASK]", top: 3);
        filled.Masks.Should().HaveCount(2);
        filled.Masks.Should().OnlyContain(words => words.Count == 3);
        filled.Masks[0][0].Word.Should().Be("c");
        filled.Masks[0][0].Probability.Should().BeApproximately(0.9, 1e-4);
        filled.Masks[1][0].Word.Should().Be("z");
        filled.Completed.Should().Be("abcxyz");
    }

    [Fact]
    public void Only_words_of_the_vocabulary_are_offered()
    {
        // The model has two more rows than the tokenizer has tokens.
        _filler.Fill("a[MASK]", top: 100).Masks[0].Should().HaveCount(30);
    }

    [Fact]
    public void A_text_without_a_mask_is_refused() =>
        _filler.Invoking(filler => filler.Fill("abc", 5)).Should().Throw<OptionsException>()
            .WithMessage("There is nothing to fill in: 'abc' has no [MASK]. Replace a word with [MASK].");

    [Fact]
    public void A_tokenizer_without_a_mask_is_refused()
    {
        var filler = new MaskFiller(new NextLetterModel(), new LetterTokenizer(hasMask: false), torch.CPU);
        filler.Invoking(f => f.Fill("a [MASK]", 5)).Should().Throw<ModelException>()
            .WithMessage("The folder's tokenizer has no mask token. Open a model that has one, such as BERT.");
    }

    [Fact]
    public void A_text_that_does_not_fit_is_refused() =>
        _filler.Invoking(filler => filler.Fill("abcdefghijk[MASK]", 5)).Should().Throw<ModelException>()
            .WithMessage("The text has 14 tokens, but the context length is 12. Shorten it.");

    [Fact]
    public void No_tensor_is_left_behind() => LiveTensors.LeftBy(() => _filler.Fill("ab[MASK]", 2)).Should().Be(0);
}
