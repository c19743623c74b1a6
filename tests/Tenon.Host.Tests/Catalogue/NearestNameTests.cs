using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Tests.Catalogue;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("p-tunning", "p-tuning")]
    [InlineData("prefix", "prefix-tuning")]
    [InlineData("COS", "cosine")]
    [InlineData("ning", null)]
    [InlineData("si", null)]
    [InlineData("quadratic", null)]
    public void Is_few_edits_away_or_the_only_one_that_has_what_was_written(string found, string? nearest) =>
        NearestName.Of(found, ["p-tuning", "prefix-tuning", "cosine"]).Should().Be(nearest);
}
