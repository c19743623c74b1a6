using Tenon.Host.Evaluation;
using Tenon.Host.Evaluation.Baselines;

namespace Tenon.Host.Tests.Evaluation;

public sealed class TaggingTests
{
    [Fact]
    public void Entities_end_where_another_begins()
    {
        EntityCounts.Entities(["B-a", "I-a", "B-a", "O", "I-b", "I-c", "B-c"]).Should()
            .Equal((0, 2, "a"), (2, 3, "a"), (4, 5, "b"), (5, 6, "c"), (6, 7, "c"));
        EntityCounts.Entities(["O", "O"]).Should().BeEmpty();
        EntityCounts.Entities([]).Should().BeEmpty();
    }

    [Fact]
    public void An_entity_counts_when_its_words_and_its_kind_are_right()
    {
        var counts = new EntityCounts();
        counts.Add(["B-a", "I-a", "O", "B-b"], ["B-a", "I-a", "O", "B-a"]);
        counts.Add(["B-b", "I-b", "O"], ["B-b", "O", "B-a"]);

        // 3 there, 4 found, 1 of them right.
        counts.Figures.Should().Be(new EntityFigures(3, 1 / 4.0, 1 / 3.0, 2 / 7.0));
        new EntityCounts().Figures.Should().Be(new EntityFigures(0, 0, 0, 0));
    }

    [Theory]
    [InlineData(true, "O", "B-a", "I-a")]
    [InlineData(false, "NN", "VB")]
    [InlineData(false, "B-a", "I-a")]
    [InlineData(false, "O", "B-a", "E-a")]
    public void Tags_of_entities_are_known_by_their_names(bool are, params string[] labels) =>
        EntityCounts.AreEntityTags(labels).Should().Be(are);

    [Fact]
    public void A_word_gets_the_class_that_it_had_most_often_and_an_unknown_one_the_most_frequent()
    {
        var tags = new MostFrequentTags([new(["a", "b", "a", "c", "c"], [1, 0, 1, 0, 0]), new(["a"], [0])], ["x", "y"]);

        ConfusionMatrix matrix = tags.Classify([new(["a", "b", "new", "new"], [1, 0, 0, 1])]);

        matrix.Examples.Should().Be(4);
        (matrix[1, 1], matrix[0, 0], matrix[1, 0]).Should().Be((1, 2, 1));
    }
}
