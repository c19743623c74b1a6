namespace Tenon.Abstractions.Tests;

public sealed class NearestNameTests
{
    private static readonly string[] _names = ["p-tuning", "prefix-tuning", "cosine"];

    [Theory]
    [InlineData("p-tunning", "p-tuning")]
    [InlineData("prefix", "prefix-tuning")]
    [InlineData("COS", "cosine")]
    [InlineData("cosnie", "cosine")]
    [InlineData("ning", null)]
    [InlineData("si", null)]
    [InlineData("quadratic", null)]
    public void Is_few_edits_away_or_the_only_one_that_contains_the_name(string found, string? nearest) =>
        NearestName.Of(found, _names).Should().Be(nearest);

    [Theory]
    [InlineData("dimm", "ddim")]
    [InlineData("MIDI", "ddim")]
    [InlineData("MIDD", null)] // ddpm also has all but one of them
    [InlineData("dmdx", null)] // as near to ddpm
    [InlineData("mi", null)]
    [InlineData("dimmd", null)]
    public void Or_the_only_one_with_the_same_letters_except_one(string found, string? nearest) =>
        NearestName.Of(found, ["ddim", "ddpm"]).Should().Be(nearest);

    [Fact]
    public void A_question_is_asked_only_if_there_is_one()
    {
        NearestName.Question("cosin", _names).Should().Be(" Did you mean 'cosine'?");
        NearestName.Question("quadratic", _names).Should().BeEmpty();
        NearestName.Question("cosine", []).Should().BeEmpty();
    }
}
