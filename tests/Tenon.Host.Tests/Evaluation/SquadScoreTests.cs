using Tenon.Host.Evaluation;
using Tenon.Host.Evaluation.Baselines;

namespace Tenon.Host.Tests.Evaluation;

public class SquadScoreTests
{
    [Theory]
    [InlineData("The Cat, sat!", "cat sat")]
    [InlineData("an apple a day", "apple day")]
    [InlineData("theory-of  the\tmind", "theoryof mind")] // punctuation is removed, not replaced; only whole words are articles
    [InlineData("the", "")]
    public void Texts_are_normalized_as_by_the_script(string text, string normalized) =>
        SquadScore.Normalize(text).Should().Be(normalized);

    // By hand: 2 · common / (words + words of the answer).
    [Theory]
    [InlineData("the cat", "Cat.", true, 1)]
    [InlineData("black cat", "cat", false, 2.0 * 1 / 3)]
    [InlineData("cat cat", "cat dog", false, 2.0 * 1 / 4)] // a word counts as often as both have it
    [InlineData("dog", "cat", false, 0)]
    [InlineData("", "cat", false, 0)]
    public void Words_in_common_determine_F1(string text, string answer, bool isExact, double f1)
    {
        SquadScore.IsExact(text, [answer]).Should().Be(isExact);
        SquadScore.F1(text, [answer]).Should().BeApproximately(f1, 1e-12);
    }

    [Fact]
    public void The_best_of_several_answers_counts()
    {
        SquadScore.F1("black cat", ["dog", "cat", "the black cat"]).Should().Be(1);
        SquadScore.IsExact("black cat", ["dog", "The black cat"]).Should().BeTrue();
    }

    [Fact]
    public void An_unanswerable_question_is_answered_by_the_empty_text()
    {
        (SquadScore.F1("", []), SquadScore.IsExact("", [])).Should().Be((1, true));
        (SquadScore.F1("cat", []), SquadScore.IsExact("cat", [])).Should().Be((0, false));
        SquadScore.F1("", ["the"]).Should().Be(1, "an answer of articles only is dropped");
    }

    [Fact]
    public void The_baseline_answers_with_the_most_similar_sentence()
    {
        const string Passage = "A.Add adds an item. The parameter item of A.Add is the thing to add. A.Clear removes everything.";
        var nearest = new NearestSentence([Passage]);

        nearest.Answer("What does A.Clear remove?", Passage).Should().Be("A.Clear removes everything.");
        nearest.Answer("What is the parameter item of A.Add?", Passage).Should().Be("The parameter item of A.Add is the thing to add.");
        nearest.Answer("What does A.Clear remove?", Passage, threshold: 1).Should().BeEmpty();
        nearest.Answer("Who?", "").Should().BeEmpty();
    }

    [Fact]
    public void The_baseline_s_threshold_is_tuned_on_training_questions()
    {
        // Questions about B have no answer, and are less similar to the sentence.
        QuestionAnswerExample[] train = [.. Enumerable.Range(0, 100).Select(i => new QuestionAnswerExample(
            i % 2 == 0 ? "What does A.Clear remove?" : "Who calls B?", "A.Clear removes everything.",
            i % 2 == 0 ? [new AnswerSpan(0, "A.Clear removes everything")] : []))];

        QuestionBaseline baseline = NearestSentence.Of(train, train[..2], CancellationToken.None);

        baseline.Threshold.Should().BeInRange(0.01, 1);
        (baseline.Exact, baseline.F1).Should().Be((1, 1));
    }
}
