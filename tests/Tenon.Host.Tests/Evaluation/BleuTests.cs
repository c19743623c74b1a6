using Tenon.Host.Evaluation;

namespace Tenon.Host.Tests.Evaluation;

public class BleuTests
{
    [Theory]
    [InlineData("the cat sat on the mat", "the cat sat on the mat", 100)]
    // By hand: 5/5, 3/4, 2/3 and 1/2 n-grams match; the text has 5 tokens, the reference 6.
    [InlineData("the cat sat on mat", "the cat sat on the mat", 57.893006)]
    // By hand: 3/5 and 1/4 match, and of 3 and 2 longer ones none: 1/(2·3) and 1/(4·2) after smoothing.
    [InlineData("a b c d x", "a b y d e", 23.643540)]
    [InlineData("a b c d", "e f g h", 0)]
    [InlineData("a b", "a b", 0)] // too short for 4-grams
    public void Scores_a_text_by_its_ngrams(string text, string reference, double score)
    {
        var bleu = new Bleu(BleuTokenization.Words);
        bleu.Add(text, reference);
        bleu.Score.Should().BeApproximately(score, 1e-4);
    }

    [Fact]
    public void Punctuation_and_Chinese_characters_are_tokens()
    {
        BleuTokenization.Words.Split("Use '{0}', 3.5-fold?").Should().Equal("Use", "'", "{", "0", "}", "'", ",", "3.5", "-", "fold", "?");
        BleuTokenization.Chinese.Split("无法打开 {0}。").Should().Equal("无", "法", "打", "开", "{", "0", "}", "。");
        BleuTokenization.Characters.Split("파일 {0}").Should().Equal("파", "일", "{", "0", "}");
    }

    [Theory]
    [InlineData("Die Datei wurde nicht gefunden", "13a")]
    [InlineData("无法打开文件 Microsoft.Build", "zh")]
    [InlineData("ファイルを開けません", "char")]
    [InlineData("파일을 열 수 없습니다", "char")]
    public void The_script_of_the_references_determines_the_tokens(string reference, string name)
    {
        BleuTokenization tokenization = BleuTokenization.For([reference]);

        tokenization.Name.Should().Be(name);
        new Bleu(tokenization).Signature.Should().Be($"nrefs:1|case:mixed|eff:no|tok:{name}|smooth:exp|computed by Tenon");
    }
}
