using Tenon.Host.Evaluation;

namespace Tenon.Host.Tests.Evaluation;

public class RougeTests
{
    // By hand: F1 = 2 · common / (words of the text + words of the reference), also for pairs and for the longest common subsequence.
    [Theory]
    [InlineData("the cat sat", "The cat sat.", 1, 1, 1)]
    // rouge-score's own example: "testing one two" against "testing".
    [InlineData("testing one two", "testing", 2.0 * 1 / 4, 0, 2.0 * 1 / 4)]
    [InlineData("two one testing", "testing one two", 1, 0, 2.0 * 1 / 6)]
    [InlineData("the the cat", "the cat the cat", 2.0 * 3 / 7, 2.0 * 1 / 5, 2.0 * 3 / 7)]
    [InlineData("police killed the gunman", "police kill the gunman", 2.0 * 3 / 8, 2.0 * 1 / 6, 2.0 * 3 / 8)]
    [InlineData("", "cat", 0, 0, 0)]
    [InlineData("dog", "cat", 0, 0, 0)]
    public void Common_words_pairs_and_subsequences_are_counted(string text, string reference, double one, double two, double longest)
    {
        RougeFigures figures = Of(stems: false, (text, reference))!;

        figures.One.Should().BeApproximately(100 * one, 1e-9);
        figures.Two.Should().BeApproximately(100 * two, 1e-9);
        figures.L.Should().BeApproximately(100 * longest, 1e-9);
    }

    [Fact]
    public void Scores_are_means_over_the_texts() =>
        Of(stems: false, ("cat", "cat"), ("dog", "cat"))!.One.Should().BeApproximately(50, 1e-9);

    [Fact]
    public void Stems_can_be_compared_instead_of_words()
    {
        Of(stems: true, ("police killed the gunman", "police kill the gunman"))!.One.Should().BeApproximately(100, 1e-9);
        Of(stems: true, ("was", "wa"))!.One.Should().Be(0, "words of three letters are not stemmed");
    }

    [Fact]
    public void Texts_in_other_scripts_have_no_score() => Of(stems: false, ("東京", "東京")).Should().BeNull();

    // Examples of Porter (1980) for each step, and NLTK's extensions.
    [Theory]
    [InlineData("caresses", "caress")]
    [InlineData("ponies", "poni")]
    [InlineData("ties", "tie")]
    [InlineData("cats", "cat")]
    [InlineData("feed", "feed")]
    [InlineData("agreed", "agre")]
    [InlineData("plastered", "plaster")]
    [InlineData("bled", "bled")]
    [InlineData("motoring", "motor")]
    [InlineData("sing", "sing")]
    [InlineData("conflated", "conflat")]
    [InlineData("hopping", "hop")]
    [InlineData("falling", "fall")]
    [InlineData("filing", "file")]
    [InlineData("happy", "happi")]
    [InlineData("enjoy", "enjoy")]
    [InlineData("relational", "relat")]
    [InlineData("conditional", "condit")]
    [InlineData("vietnamization", "vietnam")]
    [InlineData("hopefulness", "hope")]
    [InlineData("triplicate", "triplic")]
    [InlineData("electrical", "electr")]
    [InlineData("goodness", "good")]
    [InlineData("revival", "reviv")]
    [InlineData("adjustment", "adjust")]
    [InlineData("adoption", "adopt")]
    [InlineData("probate", "probat")]
    [InlineData("rate", "rate")]
    [InlineData("cease", "ceas")]
    [InlineData("controll", "control")]
    [InlineData("roll", "roll")]
    [InlineData("dies", "die")]
    [InlineData("died", "die")]
    [InlineData("cried", "cri")]
    [InlineData("dying", "die")]
    [InlineData("innings", "inning")]
    [InlineData("geologi", "geolog")]
    [InlineData("by", "by")]
    public void Words_have_stems(string word, string stem) => PorterStemmer.Stem(word).Should().Be(stem);

    private static RougeFigures? Of(bool stems, params (string Text, string Reference)[] texts)
    {
        var rouge = new Rouge(stems);
        foreach ((string text, string reference) in texts)
            rouge.Add(text, reference);
        return rouge.Figures;
    }
}
