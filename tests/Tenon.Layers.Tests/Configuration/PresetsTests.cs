namespace Tenon.Layers.Tests.Configuration;

public class PresetsTests
{
    private static readonly Presets<TransformerShape> Sizes = new("small", ("tiny", new(2, 128, 2)), ("small", new(4, 256, 4)));

    [Fact]
    public void A_preset_is_found_by_name_and_the_fallback_without_one()
    {
        Sizes.Find("tiny").Should().Be(new TransformerShape(2, 128, 2, 512));
        Sizes.Find(null).Should().Be(Sizes.Find("small"));
        Sizes.Names.Should().Equal("tiny", "small");
    }

    [Theory]
    [InlineData("tini", "'preset' is 'tini'. Did you mean 'tiny'? Allowed: tiny, small.")]
    [InlineData("enormous", "'preset' is 'enormous'. Allowed: tiny, small.")]
    public void An_unknown_name_is_rejected_with_the_nearest_and_all_names(string name, string message)
    {
        Action find = () => Sizes.Find(name);
        find.Should().Throw<ModelException>().WithMessage(message);
    }

    [Fact]
    public void The_fallback_is_one_of_the_presets()
    {
        Action make = () => _ = new Presets<TransformerShape>("huge", ("tiny", new(2, 128, 2)));
        make.Should().Throw<ArgumentException>().WithMessage("There is no preset 'huge'.*");
    }
}
