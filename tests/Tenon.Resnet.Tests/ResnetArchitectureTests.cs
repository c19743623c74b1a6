using System.Text.Json.Nodes;

namespace Tenon.Resnet.Tests;

public class ResnetArchitectureTests
{
    private static readonly ResnetArchitecture Architecture = Models.Architecture;

    // Parameters of torchvision's models with ImageNet's 1,000 classes, and their multiply-adds at 224 × 224 in 10^9.
    [Theory]
    [InlineData("resnet-18", 11_689_512, 1.81)]
    [InlineData("resnet-34", 21_797_672, 3.66)]
    [InlineData("resnet-50", 25_557_032, 4.09)]
    [InlineData("resnet-101", 44_549_160, 7.80)]
    [InlineData("resnet-152", 60_192_808, 11.51)]
    public void Presets_have_their_parameters_and_operations_and_cost_no_memory_on_meta(string preset, long expected, double multiplyAdds)
    {
        long before = Environment.WorkingSet;
        using ResnetModel model = Architecture.Build(
            Architecture.Resolve(new ResnetOptions { Preset = preset, Labels = TestImages.ThousandLabels }, TestImages.Nothing),
            new BuildContext(torch.META, new Autocast()));

        model.parameters().Sum(parameter => parameter.numel()).Should().Be(expected);
        (Environment.WorkingSet - before).Should().BeLessThan(200_000_000);
        model.Cost.Should().BeEquivalentTo(new { Unit = "image", UnitsPerExample = 1L });
        (model.Cost.ForwardFlop / 2e9).Should().BeApproximately(multiplyAdds, 0.01);
    }

    [Fact]
    public void The_presets_match_the_metadata() =>
        AllowedNames.Of<ResnetOptions>(nameof(ResnetOptions.Preset)).Should().Equal(ResnetPresets.All.Names);

    [Fact]
    public void Sizes_come_from_preset_and_data()
    {
        ResnetOptions options =
            Architecture.Resolve(new ResnetOptions { Preset = "resnet-18", Depths = [1, 1, 1, 1] }, TestImages.Facts(28, 1, "a", "b", "c"));

        options.Should().BeEquivalentTo(new
        {
            EmbeddingSize = 64,
            HiddenSizes = new[] { 64, 128, 256, 512 },
            Depths = new[] { 1, 1, 1, 1 },
            LayerType = ResidualLayer.Basic,
            ImageSize = 28,
            Channels = 1,
            Labels = new[] { "a", "b", "c" },
        });
        Architecture.Resolve(options, TestImages.Facts(28, 1, "a", "b", "c")).Should().BeEquivalentTo(options);
    }

    [Fact]
    public void Configuration_is_read_back()
    {
        ResnetOptions options = Architecture.Resolve(
            new ResnetOptions { Preset = "resnet-34", DownsampleInFirstStage = true, Activation = "silu", ImageMean = [0.1, 0.2, 0.3] },
            TestImages.Facts(32, 3));

        ModelConfiguration described = Architecture.Describe(options);

        Architecture.Read(described).Should().BeEquivalentTo(options with { Preset = null });
        described.Files.Keys.Should().Equal("config.json", "preprocessor_config.json");
        described["config.json"]["layer_type"]!.GetValue<string>().Should().Be("basic");
    }

    [Theory]
    [InlineData("""{"size": 176}""", 176)]
    [InlineData("""{"size": {"shortest_edge": 224}}""", 224)]
    [InlineData("""{"size": {"height": 64, "width": 64}}""", 64)]
    [InlineData("{}", 224)]
    public void The_image_size_is_the_preprocessor_s(string preprocessor, int expected) =>
        Architecture.Read(With(preprocessor)).ImageSize.Should().Be(expected);

    [Fact]
    public void Contradicting_options_are_rejected()
    {
        Refused(() => Architecture.Resolve(new ResnetOptions { HiddenSizes = [8], Depths = [1, 1] }, TestImages.Facts(32, 3)),
            "*1 stages (8)*2 (1, 1)*");
        Refused(() => Architecture.Resolve(new ResnetOptions { HiddenSizes = [6], Depths = [1] }, TestImages.Facts(32, 3)),
            "*'hiddenSizes' is 6*multiples of 4*");
        Refused(() => Architecture.Read(With("""{"size": {"height": 64, "width": 32}}""")), "*'size' is {*height and width must be equal*");
        Refused(() => Architecture.Read(new ModelConfiguration((JsonObject)JsonNode.Parse("""{"layer_type": "wide"}""")!)), "*'layer_type' is \"wide\"*basic, bottleneck*");

        static void Refused(Func<ResnetOptions> make, string message) => make.Should().Throw<ModelException>().WithMessage(message);
    }

    [Theory]
    [InlineData("embedder.embedder.convolution.weight", "resnet.embedder.embedder.convolution.weight")]
    [InlineData("classifier.1.bias", "classifier.1.bias")]
    public void Names_of_other_files_are_mapped(string name, string expected) => Architecture.WeightName(name).Should().Be(expected);

    private static ModelConfiguration With(string preprocessor) => new(new Dictionary<string, JsonObject>
    {
        ["config.json"] = Goldens.Config("resnet-tiny"),
        ["preprocessor_config.json"] = (JsonObject)JsonNode.Parse(preprocessor)!,
    });
}
