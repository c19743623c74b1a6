using Tenon.Host.Evaluation.Baselines;

namespace Tenon.Host.Tests.Evaluation.Baselines;

public class NextWordTests
{
    private readonly NextWord _next = new(["The cat sat. The dog ran. the cat", "a cat ran"]);

    [Theory]
    [InlineData("the", "cat")] // twice, "dog" once
    [InlineData("cat", "ran")] // as often as "sat": the first in order
    [InlineData("unknown", "cat")] // the most frequent word, as often as "the"
    [InlineData("", "a")]
    public void The_most_frequent_next_word(string word, string next) => _next.After(word).Should().Be(next);
}
