using System.Text.Json.Nodes;

namespace Tenon.Vit.Tests;

public class VitArchitectureTests
{
    private static readonly VitArchitecture Architecture = Models.Architecture;

    // E·(3·S² + 1) + (G + 2)·E + L·(12·E² + 13·E) + 2·E + 1000·(E + 1): the published sizes with ImageNet's 1,000 classes.
    [Theory]
    [InlineData("vit-tiny", 5_717_416)]
    [InlineData("vit-small", 22_050_664)]
    [InlineData("vit-base", 86_567_656)]
    [InlineData("vit-large", 304_326_632)]
    [InlineData("vit-huge", 632_045_800)]
    public void Presets_have_their_parameters_and_cost_no_memory_on_meta(string preset, long expected)
    {
        long before = Environment.WorkingSet;
        string[] labels = [.. Enumerable.Range(0, 1000).Select(id => $"class {id}")];
        using VitModel model = Architecture.Build(
            Architecture.Resolve(new VitOptions { Preset = preset, Labels = labels }, Models.Nothing),
            new BuildContext(torch.META, new Autocast()));

        model.parameters().Sum(parameter => parameter.numel()).Should().Be(expected);
        (Environment.WorkingSet - before).Should().BeLessThan(200_000_000);
        model.Cost.Should().BeEquivalentTo(new { Unit = "image", UnitsPerExample = 1L });
        if (preset == "vit-base")
            (model.Cost.ForwardFlop / 2e9).Should().BeApproximately(17.6, 0.2); // multiply-adds, as table 1 of Touvron et al. counts 17.6 G
    }

    [Fact]
    public void The_presets_match_the_metadata() =>
        AllowedNames.Of<VitOptions>(nameof(VitOptions.Preset)).Should().Equal(VitPresets.All.Names);

    [Fact]
    public void Sizes_come_from_the_data()
    {
        VitOptions options = Architecture.Resolve(new VitOptions { HiddenSize = 128, Layers = 3 }, Models.Facts(28, 1, "a", "b", "c"));

        options.Should().BeEquivalentTo(new
        {
            Heads = 2,
            FeedForwardSize = 512,
            ImageSize = 28,
            PatchSize = 4,
            Channels = 1,
            Labels = new[] { "a", "b", "c" }
        });
        options.ImageMean.Should().Equal(0.5);
        Architecture.Resolve(options, Models.Facts(28, 1, "a", "b", "c")).Should().BeEquivalentTo(options);
    }

    [Theory]
    [InlineData(224, 16)]
    [InlineData(384, 16)]
    [InlineData(32, 4)]
    [InlineData(64, 8)]
    [InlineData(8, 1)]
    [InlineData(5, 1)]
    public void A_patch_size_is_found_for_each_image_size(int imageSize, int patchSize) =>
        Architecture.Resolve(new VitOptions(), Models.Facts(imageSize, 3)).PatchSize.Should().Be(patchSize);

    [Fact]
    public void Configuration_is_read_back()
    {
        VitOptions options = Architecture.Resolve(
            new VitOptions
            {
                Layers = 2,
                HiddenSize = 64,
                QkvBias = false,
                Activation = "relu",
                ImageMean = [0.1, 0.2, 0.3],
                ImageStd = [0.4]
            }, Models.Facts(32, 3));

        ModelConfiguration described = Architecture.Describe(options);

        Architecture.Read(described).Should().BeEquivalentTo(options);
        described.Files.Keys.Should().Equal("config.json", "preprocessor_config.json");
        JsonObject preprocessor = described["preprocessor_config.json"];
        preprocessor["image_processor_type"]!.GetValue<string>().Should().Be("ViTImageProcessor");
        preprocessor["size"]!.ToJsonString().Should().Be("""{"height":32,"width":32}""");
        preprocessor["image_std"]!.ToJsonString().Should().Be("[0.4,0.4,0.4]");
    }

    // Byte for byte: programs that read these files see no difference between versions.
    [Fact]
    public void Files_are_written_in_the_order_of_their_keys()
    {
        VitOptions options = Architecture.Resolve(new VitOptions { Layers = 2, HiddenSize = 64 }, Models.Facts(32, 3));

        ModelConfiguration described = Architecture.Describe(options);

        described["config.json"].ToJsonString().Should().Be(
            """{"architectures":["ViTForImageClassification"],"model_type":"vit","image_size":32,"patch_size":4,"num_channels":3,"hidden_size":64""" +
""","num_hidden_layers":2,"num_attention_heads":1,"intermediate_size":256,"hidden_act":"gelu","hidden_dropout_prob":0""" +
            ""","attention_probs_dropout_prob":0,"initializer_range":0.02,"layer_norm_eps":1E-12,"qkv_bias":true,"encoder_stride":4""" +
            ""","torch_dtype":"float32","id2label":{"0":"left","1":"right"},"label2id":{"left":0,"right":1}}""");
        described["preprocessor_config.json"].ToJsonString().Should().Be(
            """{"image_processor_type":"ViTImageProcessor","do_resize":true,"size":{"height":32,"width":32},"resample":2,"do_rescale":true""" +
            ""","rescale_factor":0.00392156862745098,"do_normalize":true,"image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5]}""");
    }

    [Fact]
    public void Images_that_were_not_normalized_keep_their_values()
    {
        ModelConfiguration described = Architecture.Describe(Architecture.Resolve(new VitOptions(), Models.Facts(32, 3)));
        described["preprocessor_config.json"]["do_normalize"] = false;

        VitOptions options = Architecture.Read(described);

        (options.ImageMean, options.ImageStd).Should().BeEquivalentTo((new[] { 0.0 }, new[] { 1.0 }));
    }

    [Fact]
    public void A_configuration_without_preprocessor_normalizes_with_a_half()
    {
        JsonObject config = Goldens.Config("vit-tiny");

        VitOptions options = Architecture.Resolve(Architecture.Read(new ModelConfiguration(config)), Models.Nothing);

        options.Should().BeEquivalentTo(new
        {
            ImageSize = Size("image_size"),
            PatchSize = Size("patch_size"),
            Layers = Size("num_hidden_layers"),
            HiddenSize = Size("hidden_size"),
            Heads = Size("num_attention_heads"),
            FeedForwardSize = Size("intermediate_size"),
            Channels = Size("num_channels"),
        });
        options.ImageMean.Should().HaveCount(Size("num_channels")).And.OnlyContain(mean => mean == 0.5);
        options.Labels.Should().Equal(config["id2label"]!.AsObject().Select(label => label.Value!.GetValue<string>()));

        int Size(string key) => config[key]!.GetValue<int>();
    }

    [Theory]
    [InlineData("""{"model_type": "swin"}""", "*'model_type' is \"swin\"*Supported: vit, vit_mae, tenon_vit_hybrid.")]
    [InlineData("""{"architectures": ["ViTForMaskedImageModeling"]}""", "*'architectures' is \"ViTForMaskedImageModeling\"*")]
    [InlineData("""{"hidden_act": "gelo"}""", "*'hidden_act' is \"gelo\"*mean 'gelu'*")]
    [InlineData("""{"image_size": [32, 16]}""", "*'image_size' is ?32,16?, which is not a whole number*")]
    public void Unsupported_configurations_are_rejected(string config, string message)
    {
        Action read = () => Architecture.Read(new ModelConfiguration((JsonObject)JsonNode.Parse(config)!));

        read.Should().Throw<ModelException>().WithMessage(message);
    }

    [Fact]
    public void Contradicting_options_are_rejected()
    {
        Refused(new VitOptions { HiddenSize = 100, Heads = 3 }, "*'hiddenSize' is 100, which is not divisible by 3 heads*",
            Models.Facts(32, 3));
        Refused(new VitOptions { PatchSize = 5 }, "*'imageSize' is 32, which is not divisible by 'patchSize' 5*", Models.Facts(32, 3));
        Refused(new VitOptions { ImageSize = 224 }, "*'imageSize' is 224, but the data's images are 32×32*", Models.Facts(32, 3));
        Refused(new VitOptions { Channels = 3 }, "*'channels' is 3, but the data's images have 1*", Models.Facts(32, 1));
        Refused(new VitOptions(), "*The classifier needs at least 2 classes*", Models.Nothing);
        Refused(new VitOptions { ImageStd = [0.0] }, "*'imageStd' is*above 0*", Models.Facts(32, 1));
        var oblong = new ModelFacts(null, new SpecialTokens(), new DataFacts { ImageSize = (32, 16, 3), Labels = ["a", "b"] });
        Refused(new VitOptions(), "*32×16*square*", oblong);
    }

    [Theory]
    [InlineData("vit.pooler.dense.weight", "vit.pooler.dense.weight")]
    [InlineData("pooler.dense.weight", "vit.pooler.dense.weight")]
    [InlineData("vit.embeddings.mask_token", null)]
    [InlineData("embeddings.cls_token", "vit.embeddings.cls_token")]
    [InlineData("classifier.bias", "classifier.bias")]
    [InlineData("decoder.mask_token", "decoder.mask_token")]
    public void Names_of_other_files_are_mapped(string name, string? expected) => Architecture.WeightName(name).Should().Be(expected);

    // What a folder has of them is left out and reported; what it lacks is new in training, and refused by commands that need it.
    [Theory]
    [InlineData("classifier.weight", true)]
    [InlineData("vit.pooler.dense.weight", true)]
    [InlineData("decoder.decoder_embed.weight", true)]
    [InlineData("vit.layernorm.weight", false)]
    [InlineData("vit.encoder.layer.0.output.dense.weight", false)]
    public void Heads_are_the_parameters_that_an_encoder_lacks(string name, bool isHead) => Architecture.IsHead(name).Should().Be(isHead);

    [Fact]
    public void A_folder_with_one_class_is_read_and_has_one_logit()
    {
        JsonObject config = Goldens.Config("vit-tiny");
        config["id2label"] = new JsonObject { ["0"] = "LABEL_0" };
        config["label2id"] = new JsonObject { ["LABEL_0"] = 0 };

        VitOptions read = Architecture.Read(new ModelConfiguration(config));
        using VitModel model = Architecture.Build(read, new BuildContext(torch.CPU, new Autocast()));
        using Batch batch = model.Collate(
            [new ImageExample(new ImagePixels(read.ImageSize!.Value, read.ImageSize!.Value, 3,
                new byte[3 * read.ImageSize!.Value * read.ImageSize!.Value]))],
            new CollateContext(new SeededRandom(1), Training: false, null));

        read.Labels.Should().Equal("LABEL_0");
        using DisposeScope scope = torch.NewDisposeScope();
        model.ClassLogits(batch).shape.Should().Equal(1, 1);
    }

    private static void Refused(VitOptions options, string message, ModelFacts facts)
    {
        Action resolve = () => Architecture.Resolve(options, facts);
        resolve.Should().Throw<ModelException>().WithMessage(message);
    }
}
