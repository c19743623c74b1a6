using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Tests.Plugins.Catalogue;

public sealed class OptionsSchemaTests
{
    private static readonly OptionsSchema Linear = Zoo.Good().Find(ComponentKind.Architecture, "linear")!.Options;

    [Theory]
    [InlineData("size", "integer", "2", "1 … 64", "Inputs and outputs.")]
    [InlineData("bias", "boolean", "true", "", "Whether a bias is added.")]
    [InlineData("start", "zeros | random", "\"random\"", "", "How it starts.")]
    [InlineData("share", "number", "0.1", "", "A share.")]
    [InlineData("large", "integer", "5000000000", "", "A large number.")]
    [InlineData("level", "string", "\"low\"", "low, high", "A level.")]
    [InlineData("label", "string", null, "matches [a-z]+", "A label.")]
    [InlineData("layers", "integer[]", null, "length at least 1", "Sizes of layers.")]
    [InlineData("weights", "number by name", null, "", "Weights by name.")]
    [InlineData("noise", "Noise", "{\"deviation\":0.5,\"seed\":null}", "", "The noise.")]
    public void Describes_an_option_from_metadata(string key, string type, string? value, string range, string summary)
    {
        OptionInfo option = Linear.Find(key)!;

        option.Type.Name.Should().Be(type);
        option.HasDefault.Should().BeTrue();
        option.Default?.ToJsonString().Should().Be(value);
        option.Range.Should().Be(range);
        option.Summary.Should().Be(summary);
    }

    [Theory]
    [InlineData("processors")]
    [InlineData("words")]
    public void Claims_no_default_that_only_the_plugin_knows(string key) => Linear.Find(key)!.HasDefault.Should().BeFalse();

    [Fact]
    public void Computed_properties_are_no_options() => Linear.Find("twice").Should().BeNull();

    [Fact]
    public void Follows_sections_and_cross_references()
    {
        OptionInfo deviation = Linear.Find("noise")!.Type.Section!.Find("deviation")!;

        deviation.Range.Should().Be("0 … below 1");
        deviation.Summary.Should().Be("Standard deviation of Random noise.");
    }

    [Fact]
    public void Knows_what_must_be_given_and_what_may_be_null()
    {
        OptionsSchema descend = Zoo.Good().Find(ComponentKind.Strategy, "descend")!.Options;

        descend.Find("author")!.IsRequired.Should().BeTrue();
        descend.Find("rate")!.IsRequired.Should().BeFalse();
        Linear.Find("label")!.Type.IsNullable.Should().BeTrue();
        Linear.Find("level")!.Type.IsNullable.Should().BeFalse();
    }
}
