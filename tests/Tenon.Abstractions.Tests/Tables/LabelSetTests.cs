namespace Tenon.Abstractions.Tests.Tables;

public sealed class LabelSetTests
{
    [Theory]
    [InlineData("10|2|1", "1|2|10")]
    [InlineData("b| a|b \t|B", "B|a|b")]
    [InlineData("10|x|2", "10|2|x")]
    public void Classes_are_distinct_labels_without_outer_spaces_in_order(string labels, string names) =>
        new LabelSet(labels.Split('|')).Names.Should().Equal(names.Split('|'));

    [Fact]
    public void A_label_has_the_index_of_its_class() => new LabelSet(["b", "a "])["\u00a0b\n"].Should().Be(1);

    [Fact]
    public void Classes_that_may_mean_the_same_are_named_with_their_counts()
    {
        new LabelSet(["Pos", "pos ", "pos", "1", "01", "neg"]).Similar.Should().Equal(
            "Labels that differ only in case, spaces or number format are different classes: '01' (1), '1' (1); 'Pos' (1), 'pos' (2). " +
            "Spell them the same way if they mean the same.");
        new LabelSet(["pos", "pos\u200b", "\ufeffneg", "neg"]).Similar.Should().ContainSingle("of characters that cannot be seen");
        new LabelSet(["a", "b"]).Similar.Should().BeEmpty();
    }

    [Fact]
    public void One_class_leaves_nothing_to_learn()
    {
        new LabelSet(["a", "a "]).NothingToLearn.Should().ContainSingle().Which.Should().Contain("All rows have the same label 'a'");
        new LabelSet(["a", "b"]).NothingToLearn.Should().BeEmpty();
    }
}
