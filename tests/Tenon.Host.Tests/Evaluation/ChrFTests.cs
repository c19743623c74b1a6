using Tenon.Host.Evaluation;
using Tenon.Host.Evaluation.Baselines;

namespace Tenon.Host.Tests.Evaluation;

public class ChrFTests
{
    [Theory]
    [InlineData("The cat sat.", "The cat sat.", 100)]
    [InlineData("Thecat sat.", "The cat sat.", 100)] // white space does not count
    [InlineData("", "cat", 0)]
    [InlineData("dog", "cat", 0)]
    // By hand: characters 2/3, pairs 1/2, triples 0/1; longer ones do not exist. Precision and recall are both 7/18.
    [InlineData("cat", "car", 100.0 * 7 / 18)]
    // By hand: "ab" against "abcd": precisions 1 and 1, recalls 2/4 and 1/3; no longer n-grams in the text.
    // P = 1, R = 5/12, F2 = 5 P R / (4 P + R).
    [InlineData("ab", "abcd", 100 * 5 * (5.0 / 12) / (4 + 5.0 / 12))]
    public void Scores_a_text_by_its_character_ngrams(string text, string reference, double score)
    {
        var chrF = new ChrF();
        chrF.Add(text, reference);
        chrF.Score.Should().BeApproximately(score, 1e-9);
    }

    [Fact]
    public void Counts_over_all_texts()
    {
        var chrF = new ChrF();
        chrF.Score.Should().Be(0);
        chrF.Add("cat", "cat");
        chrF.Add("cat", "car");
        // Characters 5/6, pairs 3/4, triples 1/2.
        chrF.Score.Should().BeApproximately(100 * (5.0 / 6 + 3.0 / 4 + 1.0 / 2) / 3, 1e-9);
    }

    [Fact]
    public void The_nearest_question_has_the_rarest_common_trigrams()
    {
        var nearest = new NearestQuestion(
            [("What does List.Add do?", "adds"), ("What does List.Clear do?", "clears"), ("What does Stream.Flush do?", "flushes")]);

        nearest.Answer("What does Stack.Clear do?").Should().Be("clears");
        nearest.Answer("What does StreamWriter.Flush do?").Should().Be("flushes");
        nearest.Answer("???").Should().Be("adds", "nothing is similar, so it is the first");
    }
}
