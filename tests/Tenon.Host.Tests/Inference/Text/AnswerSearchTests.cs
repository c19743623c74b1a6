using Tenon.Host.Inference.Text;

namespace Tenon.Host.Tests.Inference.Text;

public sealed class AnswerSearchTests
{
    private const string Passage = "one two three four";

    private static readonly (int Start, int End)[] Words = [(0, 3), (4, 7), (8, 13), (14, 18)];

    [Fact]
    public void The_best_span_has_the_highest_sum_of_logits_and_does_not_end_before_it_starts()
    {
        // [CLS] and four words: the best end, "one", is before the best start, "three".
        FoundAnswer best = Search(new AnswerOptions(), [0, 1, 2, 5, 1], [0, 9, 1, 2, 3])[0];

        best.Should().BeEquivalentTo(new { Text = "one", Start = 0, End = 3, Score = 10.0 });
        Search(new AnswerOptions(), [0, 1, 2, 5, 1], [0, 1, 1, 2, 3])[0].Should()
            .BeEquivalentTo(new { Text = "three four", Start = 8, End = 18, Score = 8.0 });
        Search(new AnswerOptions { MaxTokens = 1 }, [0, 1, 2, 5, 1], [0, 1, 1, 2, 3])[0].Text.Should().Be("three");
    }

    [Fact]
    public void The_passage_has_no_answer_if_the_first_token_scores_higher_by_more_than_the_threshold()
    {
        float[] starts = [4, 1, 2, 5, 1], ends = [6, 1, 1, 2, 3];

        FoundAnswer[] both = Search(new AnswerOptions { Top = 2 }, starts, ends);
        both[0].Should().BeEquivalentTo(new { Text = "", Start = (int?)null, End = (int?)null, Score = 10.0 });
        both[1].Text.Should().Be("three four");
        (both[0].Probability / both[1].Probability).Should().BeApproximately(Math.Exp(2), 1e-6);
        Search(new AnswerOptions { Threshold = 2 }, starts, ends)[0].Text.Should().Be("three four", "a tie is an answer");
        Search(new AnswerOptions { Threshold = 1.9 }, starts, ends)[0].Text.Should().BeEmpty();
    }

    [Fact]
    public void Probabilities_of_all_spans_and_no_answer_add_up_to_one() =>
        Search(new AnswerOptions { Top = 20 }, [0, 1, 2, 5, 1], [0, 1, 1, 2, 3]).Should().HaveCount(11)
            .And.BeInDescendingOrder(answer => answer.Score)
            .And.Subject.Sum(answer => answer.Probability).Should().BeApproximately(1, 1e-9);

    [Fact]
    public void A_span_of_two_windows_counts_once_with_its_best_score_and_no_answer_with_its_lowest()
    {
        var search = new AnswerSearch(Passage, new AnswerOptions { Top = 20 });
        search.Add(Window(0, 3), [1, 1, 0, 0, 0, 0, 2, 2]);
        search.Add(Window(1, 4), [-1, -1, 0, 0, 3, 3, 0, 0]);

        IReadOnlyList<FoundAnswer> best = search.Best();

        best.Count(answer => answer.Text == "three").Should().Be(1);
        best[0].Should().BeEquivalentTo(new { Text = "three", Score = 6.0 });
        best.Single(answer => answer.Start is null).Score.Should().Be(-2);
    }

    [Fact]
    public void Thousands_of_spans_leave_the_best_ones()
    {
        string passage = string.Join(' ', Enumerable.Repeat("word", 300));
        var window = new PassageWindow([.. Enumerable.Range(0, 301)], 1, [.. Enumerable.Range(0, 300).Select(i => (5 * i, 5 * i + 4))]);
        var random = new SeededRandom(1);
        float[] logits = [.. Enumerable.Range(0, 602).Select(_ => (float)random.NextDouble())];
        var search = new AnswerSearch(passage, new AnswerOptions { Top = 20, MaxTokens = 300 });

        search.Add(window, logits);

        double[] scores = [.. from first in Enumerable.Range(1, 300)
                              from last in Enumerable.Range(first, 301 - first)
                              select (double)(logits[2 * first] + logits[2 * last + 1])];
        search.Best().Where(answer => answer.Start is not null).Select(answer => answer.Score).Should()
            .Equal(scores.OrderDescending().Take(20).ToArray(), (found, expected) => Math.Abs(found - expected) < 1e-6);
    }

    private static FoundAnswer[] Search(AnswerOptions options, float[] starts, float[] ends)
    {
        var search = new AnswerSearch(Passage, options);
        search.Add(Window(0, 4), [.. starts.Zip(ends, (start, end) => new[] { start, end }).SelectMany(pair => pair)]);
        return [.. search.Best()];
    }

    // One token before the passage, which has one token a word.
    private static PassageWindow Window(int from, int to) => new([.. Enumerable.Range(0, 1 + to - from)], 1, Words[from..to]);
}
