using Tenon.Host.Data;

namespace Tenon.Host.Tests.Data;

public sealed class LimitedTests
{
    // Of each hundred, 70 of class 0, 20 of class 1, 10 of class 2.
    private sealed class Uneven : IExamples<LabelledTextExample>
    {
        public long Count => 300;

        public LabelledTextExample this[long index] => new($"text {index}", index % 10 < 7 ? 0 : index % 10 < 9 ? 1 : 2);
    }

    [Fact]
    public void Each_class_has_its_share()
    {
        LabelledTextExample[] taken = Take(30, seed: 1);
        taken.CountBy(example => example.Label).Should().BeEquivalentTo(new Dictionary<int, int> { [0] = 21, [1] = 6, [2] = 3 });
        taken.Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void More_examples_are_the_fewer_ones_and_others() =>
        Take(100, seed: 4).Should().Contain(Take(10, seed: 4));

    [Fact]
    public void The_seed_decides() =>
        Take(30, seed: 1).Should().Equal(Take(30, seed: 1)).And.NotEqual(Take(30, seed: 2));

    [Fact]
    public void Nothing_is_taken_away_where_there_is_no_more()
    {
        var all = new Uneven();
        Limited.Of(all, 300, new SeededRandom(1)).Should().BeSameAs(all);
    }

    private static LabelledTextExample[] Take(int most, ulong seed)
    {
        IExamples<LabelledTextExample> taken = Limited.Of(new Uneven(), most, new SeededRandom(seed));
        return [.. Enumerable.Range(0, (int)taken.Count).Select(i => taken[i])];
    }
}
