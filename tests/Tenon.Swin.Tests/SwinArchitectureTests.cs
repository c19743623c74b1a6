using System.Text.Json.Nodes;

namespace Tenon.Swin.Tests;

public class SwinArchitectureTests
{
    private static readonly SwinArchitecture Architecture = Models.Architecture;

    // Parameters of the published models with ImageNet's 1,000 classes; multiply-adds of the paper's table 1 and of the repository.
    [Theory]
    [InlineData("swin-tiny", 28_288_354, 4.5)]
    [InlineData("swin-small", 49_606_258, 8.7)]
    [InlineData("swin-base", 87_768_224, 15.4)]
    [InlineData("swin-large", 196_532_476, 34.5)]
    public void Presets_have_their_parameters_and_operations_and_cost_no_memory_on_meta(string preset, long expected, double multiplyAdds)
    {
        long before = Environment.WorkingSet;
        using SwinModel model = Architecture.Build(
            Architecture.Resolve(new SwinOptions { Preset = preset, Labels = TestImages.ThousandLabels }, TestImages.Nothing),
            new BuildContext(torch.META, new Autocast()));

        model.parameters().Sum(parameter => parameter.numel()).Should().Be(expected);
        (Environment.WorkingSet - before).Should().BeLessThan(200_000_000);
        model.Cost.Should().BeEquivalentTo(new { Unit = "image", UnitsPerExample = 1L });
        (model.Cost.ForwardFlop / 2e9).Should().BeApproximately(multiplyAdds, 0.05);
    }

    // 4·N·C² + 2·M²·N·C instead of 4·N·C² + 2·N²·C (equations 1 and 2): four times the pixels cost four times as much.
    [Fact]
    public void The_cost_is_linear_in_pixels()
    {
        double Flop(int imageSize)
        {
            using SwinModel model = Architecture.Build(
                Architecture.Resolve(new SwinOptions { ImageSize = imageSize, Labels = ["a", "b"] }, TestImages.Nothing),
                new BuildContext(torch.META, new Autocast()));
            return model.Cost.ForwardFlop;
        }

        (Flop(448) / Flop(224)).Should().BeApproximately(4, 1e-4);
    }

    [Fact]
    public void The_presets_match_the_metadata() =>
        AllowedNames.Of<SwinOptions>(nameof(SwinOptions.Preset)).Should().Equal(SwinPresets.All.Names);

    [Fact]
    public void Sizes_come_from_preset_and_data()
    {
        SwinOptions options =
            Architecture.Resolve(new SwinOptions { HiddenSize = 64, Depths = [2, 2] }, TestImages.Facts(28, 1, "a", "b", "c"));

        options.Should().BeEquivalentTo(new
        {
            NumHeads = new[] { 2, 4 },
            WindowSize = 7,
            PatchSize = 4,
            ImageSize = 28,
            Channels = 1,
            Labels = new[] { "a", "b", "c" }
        });
        Architecture.Resolve(options, TestImages.Facts(28, 1, "a", "b", "c")).Should().BeEquivalentTo(options);
        Architecture.Resolve(new SwinOptions { Preset = "swin-base" }, TestImages.Facts(224, 3)).NumHeads.Should().Equal(4, 8, 16, 32);
    }

    [Fact]
    public void Configuration_is_read_back()
    {
        SwinOptions options = Architecture.Resolve(
            new SwinOptions { HiddenSize = 32, Depths = [2, 4, 2], WindowSize = 5, MlpRatio = 3, DropPathRate = 0.3 },
            TestImages.Facts(32, 3));

        ModelConfiguration described = Architecture.Describe(options);

        Architecture.Read(described).Should().BeEquivalentTo(options);
        described["config.json"]["hidden_size"]!.GetValue<int>().Should().Be(128);
    }

    [Theory]
    [InlineData("""{"use_absolute_embeddings": true}""", "*'use_absolute_embeddings' is true; only false*")]
    [InlineData("""{"architectures": ["SwinForMaskedImageModeling"]}""", "*'architectures' is \"SwinForMaskedImageModeling\"*")]
    public void Unsupported_configurations_are_rejected(string config, string message)
    {
        Action read = () => Architecture.Read(new ModelConfiguration((JsonObject)JsonNode.Parse(config)!));

        read.Should().Throw<ModelException>().WithMessage(message);
    }

    [Fact]
    public void Contradicting_options_are_rejected()
    {
        Refused(new SwinOptions { Depths = [2, 2], NumHeads = [1] }, "*'depths' has 2 stages (2, 2), but 'numHeads' has 1 (1)*");
        Refused(new SwinOptions { HiddenSize = 20, Depths = [1, 1], NumHeads = [4, 3] },
            "*Stage 1 has the hidden size 40*not divisible by 3 heads*");

        static void Refused(SwinOptions options, string message)
        {
            Action resolve = () => Architecture.Resolve(options, TestImages.Facts(32, 3));
            resolve.Should().Throw<ModelException>().WithMessage(message);
        }
    }

    [Theory]
    [InlineData("layernorm.weight", "swin.layernorm.weight")]
    [InlineData("embeddings.mask_token", null)]
    [InlineData("classifier.bias", "classifier.bias")]
    public void Names_of_other_files_are_mapped(string name, string? expected) => Architecture.WeightName(name).Should().Be(expected);

    [Fact]
    public void Weights_are_adapted_to_a_different_window()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        const string Attention = "swin.encoder.layers.0.blocks.0.attention.self.";

        Architecture.Adapt(Attention + "relative_position_bias_table", torch.randn([49, 2]), [169, 2])!.shape.Should().Equal(169, 2);
        Architecture.Adapt(Attention + "relative_position_index", torch.zeros([16, 16]), [49, 49])!.shape.Should().Equal(49, 49);
        Architecture.Adapt(Attention + "query.weight", torch.randn([4, 4]), [8, 8]).Should().BeNull();
        Architecture.Adapt(Attention + "relative_position_bias_table", torch.randn([49, 2]), [169, 4]).Should().BeNull();
    }
}
